"""The command ``schema diff``: what changed in the tables, and where they differ from the declared rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

from fieldhouse.pipelines.config.settings import Account, Settings
from fieldhouse.pipelines.errors import SHAPE
from fieldhouse.pipelines.inspect.freshness import is_absent
from fieldhouse.pipelines.inspect.schema_diff import Finding, TableDiff, differences, strays
from fieldhouse.pipelines.output.console import log_line, print_grid, print_json, print_line, quantity
from fieldhouse.pipelines.sync.accounts_in_warehouse import account_of, schemas
from fieldhouse.sources import VENDORS
from fieldhouse.sources.engine.errors import FixSettings
from fieldhouse.sources.engine.spec.table import Table, Vendor
from fieldhouse.warehouse.connect import Warehouse, open_warehouse
from fieldhouse.warehouse.session import Session

_CHANGES = ("when", "table", "column", "change", "from", "to", "vendor's name")
_FINDINGS = ("table", "column", "difference", "type", "declared", "vendor's name")


@dataclass
class AccountDiff:
    """An account's tables; ``strays`` are tables in its schema that nobody declared."""

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
    wanted = [part.strip() for glob in globs for part in glob.split(",") if part.strip()]
    warehouse = open_warehouse(settings.warehouse_url, lock_wait=settings.lock_wait, say=log_line)
    found = list(_compared(warehouse, settings, names, wanted, since))
    if as_json:
        print_json({"vendors": {each.account: _object(each) for each in found}})
    elif not any(each.synced for each in found):
        print_line(f"nothing is synced yet in {warehouse.display}: run 'fieldhouse sync'")
    else:
        for each in found:
            _tell(each, since)
    return SHAPE if fail and any(each.differs for each in found) else 0


def _compared(
    warehouse: Warehouse,
    settings: Settings,
    names: Sequence[str],
    globs: Sequence[str],
    since: datetime | None,
) -> Iterator[AccountDiff]:
    """Every account that is configured or synced here, and meant."""
    accounts = {account.schema: account for account in settings.accounts}
    here: list[str] = []
    if not is_absent(warehouse):
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
    found = AccountDiff(account.name if account else account_of(schema))
    found.tables = differences(session, schema, vendor, tables, account, since)
    found.strays = [] if globs else strays(session.catalogue(schema), vendor)
    return found


def _object(each: AccountDiff) -> dict[str, Any]:
    return {
        "synced": each.synced,
        "differs": each.differs,
        "tables": {table.table: _table(table) for table in each.tables},
        "undeclared_tables": each.strays,
    }


def _table(each: TableDiff) -> dict[str, Any]:
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
            for change in each.changes
        ],
        "declared": [
            {
                "table": found.table,
                "column": found.column,
                "difference": found.what,
                "type": found.held,
                "declared_type": found.declared,
                "beside": found.beside,
                "original": found.original,
            }
            for found in each.findings
        ],
        "whole": each.whole,
    }


def _tell(each: AccountDiff, since: datetime | None) -> None:
    if not each.synced:
        print_line(f"{each.account}: never synced\n")
        return
    changes = [change for table in each.tables for change in table.changes]
    drifted = [found for table in each.tables for found in table.findings if found.drifted]
    period = f"since {since:%Y-%m-%d %H:%M}Z" if since else "in each table's last run"
    print_line(f"{each.account}: {quantity(len(changes), 'change')} {period}")
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
        f"{each.account}: {quantity(len(drifted) + len(each.strays), 'difference')} from the declared rows"
    )
    rows = [_row(found) for found in drifted]
    rows += [[name, "", "undeclared table", "", "", ""] for name in each.strays]
    if rows:
        print_grid(_FINDINGS, rows)
    _tell_whole(each)
    _tell_unseen(each)
    print_line()


def _row(found: Finding) -> list[str]:
    what = f"{found.what} table" if not found.column else found.what
    what = f"variant of {found.beside}" if found.beside else what
    return [found.table, found.column, what, found.held, found.declared, found.original]


def _tell_whole(each: AccountDiff) -> None:
    for table in each.tables:
        for column, expression in table.whole.items():
            print_line(f"{column} with its variants: {expression}")


def _tell_unseen(each: AccountDiff) -> None:
    for table in each.tables:
        unseen = [found for found in table.findings if found.what == "never seen"]
        for name in dict.fromkeys(found.table for found in unseen):
            columns = ", ".join(found.column for found in unseen if found.table == name)
            print_line(f"declared and never seen in {name}: {columns}")
    absent = [found.table for table in each.tables for found in table.findings if found.what == "not synced"]
    if absent:
        print_line(f"not synced ({len(absent)}): {', '.join(absent)}")
