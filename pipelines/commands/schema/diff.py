"""The command ``schema diff``: what changed in the tables, and where they differ from the declared rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

from fieldhouse.pipelines.config.account import Account
from fieldhouse.pipelines.config.settings import Settings
from fieldhouse.pipelines.errors import SHAPE
from fieldhouse.pipelines.inspect.freshness import existing_warehouse
from fieldhouse.pipelines.inspect.schema_diff import Finding, TableDiff, differences, strays
from fieldhouse.pipelines.output.console import log_line, print_grid, print_json, print_line, quantity
from fieldhouse.pipelines.sync.accounts_in_warehouse import account_of, schemas
from fieldhouse.sources import VENDORS
from fieldhouse.sources.engine.errors import FixSettings
from fieldhouse.sources.engine.spec.table import Table
from fieldhouse.sources.engine.spec.vendor import Vendor
from fieldhouse.warehouse.connect import Warehouse
from fieldhouse.warehouse.session import Session

_CHANGES = ("when", "table", "column", "change", "from", "to", "vendor's name")
_FINDINGS = ("table", "column", "difference", "type", "declared", "vendor's name")


@dataclass
class AccountDiff:
    """An account's tables; ``strays`` are undeclared tables in its schema."""

    account: str
    tables: list[TableDiff] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    synced: bool = True

    @property
    def differs(self) -> bool:
        return bool(self.strays) or any(table.differs for table in self.tables)


def run(
    settings: Settings,
    names: Sequence[str] = (),
    globs: Sequence[str] = (),
    *,
    since: datetime | None = None,
    fail: bool = False,
    as_json: bool = False,
) -> int:
    """Print the differences; 4 with ``fail`` where there are any, else 0. Asks no vendor.

    Raises:
        FixSettings: a glob that no table of the chosen accounts matches.
    """
    patterns = [part.strip() for glob in globs for part in glob.split(",") if part.strip()]
    warehouse = existing_warehouse(settings, log_line)
    diffs = list(_compared(warehouse, settings, names, patterns, since))
    if as_json:
        print_json({"vendors": {diff.account: _object(diff) for diff in diffs}})
    elif not any(diff.synced for diff in diffs):
        print_line(f"nothing is synced yet in {warehouse.display}: run 'fieldhouse sync'")
    else:
        for diff in diffs:
            _print_diff(diff, since)
    return SHAPE if fail and any(diff.differs for diff in diffs) else 0


def _compared(
    warehouse: Warehouse,
    settings: Settings,
    names: Sequence[str],
    globs: Sequence[str],
    since: datetime | None,
) -> Iterator[AccountDiff]:
    """Every account that is configured or synced here, and meant."""
    accounts = {account.schema: account for account in settings.accounts}
    with warehouse.session() as session:
        here = schemas(session)
        chosen = list(_chosen((*here, *accounts), accounts, names))
        _refuse_unmatched(chosen, globs)
        for schema, vendor, account in chosen:
            if schema in here:
                yield _one(session, schema, vendor, account, globs, since)
    for schema, account in accounts.items():
        if schema not in here and _is_meant(account.name, names):
            yield AccountDiff(account.name, synced=False)


def _chosen(
    schemas: Iterable[str], accounts: dict[str, Account], names: Sequence[str]
) -> Iterator[tuple[str, Vendor, Account | None]]:
    for schema in dict.fromkeys(schemas):
        account = accounts.get(schema)
        name = account.name if account else account_of(schema)
        vendor = VENDORS.get(name.partition(".")[0])
        if vendor and _is_meant(name, names):
            yield schema, vendor, account


def _is_meant(account: str, names: Sequence[str]) -> bool:
    return not names or account in names or account.partition(".")[0] in names


def _refuse_unmatched(chosen: Sequence[tuple[str, Vendor, Account | None]], globs: Sequence[str]) -> None:
    tables = {table.name for _, vendor, _ in chosen for table in vendor.tables}
    for glob in globs:
        if chosen and not any(fnmatchcase(name, glob) for name in tables):
            raise FixSettings(
                f"no table matches {glob!r}.", do="'fieldhouse tables' lists them.", where="--tables"
            )


def _one(
    session: Session,
    schema: str,
    vendor: Vendor,
    account: Account | None,
    globs: Sequence[str],
    since: datetime | None,
) -> AccountDiff:
    every: Sequence[Table] = account.tables() if account else vendor.tables
    tables = [table for table in every if not globs or any(fnmatchcase(table.name, glob) for glob in globs)]
    diff = AccountDiff(account.name if account else account_of(schema))
    diff.tables = differences(session, schema, vendor, tables, account, since)
    diff.strays = [] if globs else strays(session.catalogue(schema), vendor)
    return diff


def _object(diff: AccountDiff) -> dict[str, Any]:
    return {
        "synced": diff.synced,
        "differs": diff.differs,
        "tables": {table.table: _table(table) for table in diff.tables},
        "undeclared_tables": diff.strays,
    }


def _table(diff: TableDiff) -> dict[str, Any]:
    return {
        "changes": [
            {
                "changed_at": change.at,
                "table": change.change.table,
                "column": change.change.column,
                "from_type": change.change.from_type,
                "to_type": change.change.to_type,
                "action": change.change.action,
                "original": change.change.original,
            }
            for change in diff.changes
        ],
        "declared": [
            {
                "table": finding.table,
                "column": finding.column,
                "difference": finding.what,
                "type": finding.stored,
                "declared_type": finding.declared,
                "beside": finding.beside,
                "original": finding.original,
            }
            for finding in diff.findings
        ],
        "whole": diff.combined,
    }


def _print_diff(diff: AccountDiff, since: datetime | None) -> None:
    if not diff.synced:
        print_line(f"{diff.account}: never synced\n")
        return
    changes = [change for table in diff.tables for change in table.changes]
    drifted = [finding for table in diff.tables for finding in table.findings if finding.drifted]
    period = f"since {since:%Y-%m-%d %H:%M}Z" if since else "in each table's last run"
    print_line(f"{diff.account}: {quantity(len(changes), 'change')} {period}")
    if created := [one.change.table for one in changes if one.change.action == "created"]:
        print_line(f"new tables ({len(created)}): {', '.join(created)}")
    if changes := [one for one in changes if one.change.action != "created"]:
        print_grid(
            _CHANGES,
            [
                [
                    f"{one.at.astimezone(UTC):%Y-%m-%d %H:%MZ}",
                    one.change.table,
                    one.change.column,
                    one.change.action,
                    one.change.from_type,
                    one.change.to_type,
                    one.change.original,
                ]
                for one in changes
            ],
        )
    print_line(
        f"{diff.account}: {quantity(len(drifted) + len(diff.strays), 'difference')} from the declared rows"
    )
    rows = [_row(finding) for finding in drifted]
    rows += [[name, "", "undeclared table", "", "", ""] for name in diff.strays]
    if rows:
        print_grid(_FINDINGS, rows)
    _print_expressions(diff)
    _print_unseen(diff)
    print_line()


def _row(finding: Finding) -> list[str]:
    what = f"{finding.what} table" if not finding.column else finding.what
    what = f"variant of {finding.beside}" if finding.beside else what
    return [finding.table, finding.column, what, finding.stored, finding.declared, finding.original]


def _print_expressions(diff: AccountDiff) -> None:
    for table in diff.tables:
        for column, expression in table.combined.items():
            print_line(f"{column} with its variants: {expression}")


def _print_unseen(diff: AccountDiff) -> None:
    for table in diff.tables:
        unseen = [finding for finding in table.findings if finding.what == "never seen"]
        for name in dict.fromkeys(finding.table for finding in unseen):
            columns = ", ".join(finding.column for finding in unseen if finding.table == name)
            print_line(f"declared and never seen in {name}: {columns}")
    absent = [
        finding.table for table in diff.tables for finding in table.findings if finding.what == "not synced"
    ]
    if absent:
        print_line(f"not synced ({len(absent)}): {', '.join(absent)}")
