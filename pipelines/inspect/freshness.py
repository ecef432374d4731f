"""Freshness: the health of every account in a warehouse, and the runs that never ended."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Any

from fieldhouse.pipelines.config.settings import Settings
from fieldhouse.pipelines.sync.accounts_in_warehouse import RUNNING, account_of, schemas
from fieldhouse.warehouse.connect import Warehouse
from fieldhouse.warehouse.errors import AccountBusy

from .health import Health, health


def is_absent(warehouse: Warehouse) -> bool:
    """True if the warehouse does not exist: reading must not create it."""
    return not warehouse.exists()


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
    if not is_absent(warehouse):
        with warehouse.session() as session:
            for schema in schemas(session):
                account = configured.get(schema)
                name = account.name if account else account_of(schema)
                tables = [table.name for table in account.tables()] if account else None
                if _is_chosen(name, names):
                    accounts[name] = health(session, schema, tables)
    for account in settings.accounts:
        if account.name not in accounts and _is_chosen(account.name, names):
            accounts[account.name] = [Health(table.name) for table in account.tables()]
    return accounts


def unfinished_runs(warehouse: Warehouse, accounts: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Account -> the note of a run that began and never ended: no process holds the account's lock."""
    if is_absent(warehouse):
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
