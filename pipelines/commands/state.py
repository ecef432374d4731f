"""The command ``state``: what the next sync of a table starts from; shown, set and reset."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from fieldhouse.pipelines.config.account import did_you_mean, vendor_named
from fieldhouse.pipelines.config.settings import Settings
from fieldhouse.pipelines.inspect.freshness import existing_warehouse
from fieldhouse.pipelines.output.console import log_line, print_grid, print_json, print_line
from fieldhouse.pipelines.sync.accounts_in_warehouse import account_of, schemas
from fieldhouse.sources.engine.changes.cursor_time import believable, instant, stamp
from fieldhouse.sources.engine.changes.table_state import TableState
from fieldhouse.sources.engine.errors import FixSettings
from fieldhouse.sources.engine.spec.table import Table
from fieldhouse.sources.engine.spec.vendor import Vendor
from fieldhouse.warehouse.connect import Warehouse
from fieldhouse.warehouse.session import Session

_HEADERS = ("table", "cursor", "last full scan", "filter", "rows from", "last sync")


def show(settings: Settings, name: str | None, table: str | None, *, as_json: bool = False) -> int:
    """Print the states of all accounts, of one, or of one table."""
    if name and table:
        _table(vendor_named(name.partition(".")[0]), table)
    warehouse = _opened(settings)
    states: dict[str, dict[str, TableState]] = {}
    with warehouse.session() as session:
        for schema in schemas(session):
            account = account_of(schema)
            if not name or name in (account, account.partition(".")[0]):
                states[account] = _chosen(session.states(schema), table)
    if as_json:
        documents = {
            account: {"tables": {table: state.to_json() for table, state in tables.items()}}
            for account, tables in states.items()
        }
        print_json({"vendors": documents})
    elif not any(states.values()):
        print_line(f"no state in {warehouse.display}: the next sync reads everything")
    else:
        _print_states(states)
    return 0


def set_cursor(settings: Settings, name: str, table: str, cursor: str) -> int:
    """Let the next sync of a table start from ``cursor``; its other state stays.

    Raises:
        FixSettings: no such account or table, a table without a cursor, or no time.
        AccountBusy: the account is being synced.
    """
    declared = _table(vendor_named(name.partition(".")[0]), table)
    if declared.incremental is None:
        raise FixSettings(
            f"{name}.{table} has no cursor: it is read whole ({declared.strategy}).",
            do="'fieldhouse sync --full' reads it again.",
        )
    moment = _moment(cursor)
    warehouse, schema = _opened(settings), name.replace(".", "_")
    if all(account.name != name for account in settings.accounts):
        with warehouse.session() as session:
            _known_schema(session, schema, name)
    with warehouse.account_lock(schema, _holder()), warehouse.session() as session:
        session.prepare(schema)
        before = TableState.from_json(session.states(schema).get(table, {}))
        session.put_state(schema, table, replace(before, cursor=moment).to_json())
    print_line(
        f"{name}.{table}: cursor {stamp(before.cursor) if before.cursor else '(none)'} -> {stamp(moment)}"
    )
    print_line("what changed before it may have to wait for 'fieldhouse sync --full'")
    return 0


def reset(settings: Settings, name: str, table: str | None) -> int:
    """Forget the state of a table, or of all of an account: the next sync reads everything.

    Raises:
        FixSettings: no such vendor or table, or nothing is synced.
        AccountBusy: the account is being synced.
    """
    vendor = vendor_named(name.partition(".")[0])
    if table:
        _table(vendor, table)
    warehouse, schema = _opened(settings), name.replace(".", "_")
    with warehouse.account_lock(schema, _holder()), warehouse.session() as session:
        _known_schema(session, schema, name)
        states = _chosen(session.states(schema), table)
        for table_name, state in states.items():
            coverage = state.coverage()
            session.put_state(schema, table_name, coverage.to_json() if coverage != TableState() else None)
    print_line(
        f"{name}: forgot the state of {', '.join(states) or 'no table'}; the next sync reads everything"
    )
    return 0


def _opened(settings: Settings) -> Warehouse:
    return existing_warehouse(settings, log_line)


def _known_schema(session: Session, schema: str, name: str) -> None:
    known = schemas(session)
    if schema not in known:
        here = ", ".join(map(account_of, known)) or "none"
        raise FixSettings(f"{name} is not in this warehouse.", do=f"Accounts here: {here}.")


def _table(vendor: Vendor, name: str) -> Table:
    for table in vendor.tables:
        if table.name == name:
            return table
    hint = did_you_mean(name, [table.name for table in vendor.tables])
    raise FixSettings(
        f"{vendor.name} has no table {name!r}.",
        do=f"{hint} 'fieldhouse tables {vendor.name}' lists them.".lstrip(),
    )


def _moment(cursor: str) -> datetime:
    moment = instant(cursor)
    if moment is None:
        raise FixSettings(f"{cursor!r} is no time.", do="Expected ISO 8601, such as 2026-11-02T08:30:00Z.")
    if not believable(moment, datetime.now(UTC)):
        raise FixSettings(
            f"{cursor} lies in the far future.", do="Give the time from which on changes are read."
        )
    return moment


def _holder() -> str:
    return f"'fieldhouse state', process {os.getpid()} on {socket.gethostname()}"


def _chosen(states: dict[str, dict[str, Any]], table: str | None) -> dict[str, TableState]:
    """The states of tables: those whose names begin with ``_`` are the account's own, like the salt of hashes."""
    chosen = (name for name in sorted(states) if table in (None, name) and not name.startswith("_"))
    return {name: TableState.from_json(states[name]) for name in chosen}


def _print_states(states: dict[str, dict[str, TableState]]) -> None:
    for account, tables in states.items():
        print_line(account)
        print_grid(_HEADERS, [_row(name, state) for name, state in tables.items()])
        print_line()


def _row(name: str, state: TableState) -> Sequence[str]:
    proof = state.filter_proof
    honoured = "" if proof is None else "works" if proof.is_honoured else "ignored"
    return [
        name,
        stamp(state.cursor) if state.cursor else "",
        _to_the_second(state.last_full_scan),
        honoured,
        f"{state.window_start:%Y-%m-%d}" if state.window_start else "",
        _to_the_second(state.last_sync),
    ]


def _to_the_second(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}" if moment else ""
