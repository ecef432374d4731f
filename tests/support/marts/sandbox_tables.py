"""The raw tables of the warehouse that the sandboxes' sync filled, and their accounts' clocks."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.support.marts.marts_warehouse import Built
from tests.support.marts.oracle.account_clock import AccountClock
from tests.support.marts.oracle.measures import World

ZONES = {
    "bossdesk": "America/New_York",
    "notific": "UTC",
    "servicebridge": "UTC",
    "servicesidekick": "UTC",
    "shiftboard": "America/Los_Angeles",
}
_LISTED = (
    "SELECT schema_name, table_name, list(column_name ORDER BY column_index) FROM duckdb_columns()"
    " WHERE schema_name IN ({}) AND (NOT starts_with(table_name, '_') OR table_name IN ('_syncs', '_schema_changes'))"
    " GROUP BY ALL"
)


class Row(dict[str, Any]):
    """A row of which a column that the table lacks is None."""

    def __missing__(self, name: str) -> None:
        return None


class Tables(dict[str, list[Any]]):
    """Tables of which one that the schema lacks is empty."""

    def __missing__(self, name: str) -> list[Any]:
        return []


def sandbox_tables(built: Built) -> dict[str, Tables]:
    results = {account: Tables() for account in ZONES}
    with built.reading() as ask:
        for schema, table, columns in ask(_LISTED.format(", ".join(f"'{account}'" for account in ZONES))):
            names = ", ".join(f'"{column}"' for column in columns)
            rows = ask(f'SELECT {names} FROM {schema}."{table}"')
            results[schema][table] = [Row(zip(columns, row, strict=True)) for row in rows]
    return results


def sandbox_clocks(built: Built) -> dict[str, AccountClock]:
    ((first, last),) = built.ask("SELECT min(day), max(day) FROM marts.calendar")
    hours = dict.fromkeys(range(1, 6), ((540, 1020),))
    none: frozenset[date] = frozenset()
    return {
        account: AccountClock(built.now, ZoneInfo(zone), hours, none, 1, first, last)
        for account, zone in ZONES.items()
    }


@pytest.fixture(scope="session")
def world(built: Built) -> World:
    """The accounts of the warehouse that all tests read, for the oracle."""
    return World(sandbox_tables(built), sandbox_clocks(built))
