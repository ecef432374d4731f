"""The setting ``where``: which rows of which tables an account syncs, checked against what the vendor can filter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fieldhouse.sources.engine.errors import FixSettings
from fieldhouse.sources.engine.spec.row_filter import RowFilter
from fieldhouse.sources.engine.spec.row_selection import Where, normalized
from fieldhouse.sources.engine.spec.table import Table

from .account import Account, did_you_mean


def row_filters(account: Account) -> Mapping[str, Where]:
    """Per table, the fields of ``where`` with their values as text."""
    return {
        table: {field: normalized(values) for field, values in fields.items()}
        for table, fields in account.settings.where.items()
        if fields
    }


def check_row_filters(account: Account) -> None:
    """Refuse what the vendor cannot filter, and what would leave rows that no longer meet a filter.

    Raises:
        FixSettings: with what can be filtered instead.
    """
    where = f"sources.{account.name}.where"
    for name, fields in row_filters(account).items():
        table = _table(account, name, where)
        for field, values in fields.items():
            _check_values(_filter(account, table, field, where), values, f"{where}.{name}.{field}")
    if account.settings.where and account.settings.deletes == "ignore":
        raise FixSettings(
            "cannot be combined with deletes = ignore: rows that no longer meet the filter would stay.",
            do=f"Set sources.{account.name}.deletes to soft or hard.",
            where=where,
        )


def _table(account: Account, name: str, where: str) -> Table:
    known = [table.name for table in account.vendor.tables]
    if name not in known:
        raise FixSettings(
            f"{account.name} has no table {name!r}. {did_you_mean(name, known)}".rstrip(),
            do=f"'fieldhouse tables {account.vendor.name}' lists them.",
            where=where,
        )
    table = account.vendor.table(name)
    if table.filters:
        return table
    others = [other.name for other in account.vendor.tables if other.filters]
    raise FixSettings(
        f"{account.vendor.title} cannot filter {name}"
        + (f"; it can filter {', '.join(others)}." if others else ", nor any other of its lists."),
        do="Filter its rows in the queries instead, or leave the table out with the setting 'tables'.",
        where=f"{where}.{name}",
    )


def _filter(account: Account, table: Table, field: str, where: str) -> RowFilter:
    if field in table.filters:
        return table.filters[field]
    hint = did_you_mean(field, table.filters)
    raise FixSettings(
        f"{account.vendor.title} cannot filter {table.name} by {field!r}; it can by {', '.join(table.filters)}.",
        do=hint or "Filter by one of these, or in the queries.",
        where=f"{where}.{table.name}",
    )


def _check_values(rule: RowFilter, values: Sequence[str], where: str) -> None:
    if len(values) > 1 and not rule.takes_many:
        raise FixSettings("the vendor takes one value only.", do="Give a single value.", where=where)
    wrong = [value for value in values if rule.values and value not in rule.values]
    if wrong:
        raise FixSettings(
            f"{wrong[0]!r} is no value of this filter; expected one of {', '.join(rule.values)}.",
            do="Correct it.",
            where=where,
        )
