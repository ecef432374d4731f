"""Freshness: the health of every account in a warehouse, and the runs that never ended."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from fieldhouse.pipelines.config.settings import Settings
from fieldhouse.pipelines.sync.accounts_in_warehouse import RUNNING, account_of, schemas
from fieldhouse.sources.engine.errors import FixSettings
from fieldhouse.warehouse import unrecorded_runs
from fieldhouse.warehouse.connect import Warehouse, open_warehouse
from fieldhouse.warehouse.errors import AccountBusy

from .health import Health, health


def existing_warehouse(settings: Settings, say: Callable[[str], None]) -> Warehouse:
    """The warehouse of a command that only reads; nothing is created.

    Args:
        say: reports that the command waits for another process.

    Raises:
        FixSettings: there is no file of that name.
    """
    warehouse = open_warehouse(settings.warehouse_url, lock_wait=settings.lock_wait, say=say)
    if not warehouse.exists():
        raise FixSettings(
            f"{warehouse.display} does not exist.",
            do="Run 'fieldhouse sync' first, or correct warehouse.url or --warehouse.",
            where="warehouse.url",
        )
    return warehouse


def account_health(
    warehouse: Warehouse, settings: Settings, names: Iterable[str] = ()
) -> dict[str, list[Health]]:
    """The health of each account's tables.

    Args:
        names: vendors or accounts; all by default.

    Returns:
        Account -> the tables that its settings choose; for an account without settings, those in the warehouse.
    """
    configured = {account.schema: account for account in settings.accounts}
    accounts: dict[str, list[Health]] = {}
    if warehouse.exists():
        with warehouse.session() as session:
            for schema in schemas(session):
                account = configured.get(schema)
                name = account.name if account else account_of(schema)
                tables = [table.name for table in account.tables()] if account else None
                if _is_chosen(name, names):
                    entries = health(session, schema, tables)
                    unrecorded = unrecorded_runs.last(warehouse.display, schema)
                    accounts[name] = [_with_unrecorded(entry, unrecorded) for entry in entries]
    for account in settings.accounts:
        if account.name not in accounts and _is_chosen(account.name, names):
            accounts[account.name] = [Health(table.name) for table in account.tables()]
    return accounts


def _with_unrecorded(entry: Health, run: Mapping[str, Any]) -> Health:
    """The health of a table after a later run that the warehouse could not store."""
    parts = unrecorded_runs.later_error(run, entry.table, entry.last_run)
    return replace(entry, last_run=run["started_at"], **parts) if parts else entry


def unfinished_runs(warehouse: Warehouse, accounts: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Account -> the note of a run that began and never ended: no process holds the account's lock."""
    if not warehouse.exists():
        return {}
    with warehouse.session() as session:
        known = schemas(session)
        notes = {
            name: session.states(name.replace(".", "_")).get(RUNNING)
            for name in accounts
            if name.replace(".", "_") in known
        }
    unfinished = {}
    for name, note in notes.items():
        if note:
            with contextlib.suppress(AccountBusy), warehouse.account_lock(name.replace(".", "_"), "status"):
                unfinished[name] = note
    return unfinished


def _is_chosen(account: str, names: Iterable[str]) -> bool:
    chosen = list(names)
    return not chosen or account in chosen or account.partition(".")[0] in chosen
