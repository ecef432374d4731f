"""Shiftboard's 40 tables, parents before the tables that are read for each of them."""

from __future__ import annotations

from fieldhouse.sources.engine.spec import Confirm, Table

from .tables_people import PEOPLE
from .tables_site import LISTS, WORKGROUPS
from .tables_work import SHIFTS, WORK

TABLES: tuple[Table, ...] = (*PEOPLE, *SHIFTS, *WORK, *WORKGROUPS, *LISTS)


def methods(tables: tuple[Table, ...]) -> frozenset[str]:
    """Every method that these tables are read from."""
    return frozenset(method for table in tables for method in _methods(table) if method)


def _methods(table: Table) -> list[str | None]:
    feed = table.incremental.path if table.incremental else None
    detail = table.detail.path if table.detail else None
    return [
        table.path,
        feed,
        detail,
        table.confirm.path if isinstance(table.confirm, Confirm) else table.confirm,
        table.by_key.path if table.by_key else None,
        *(read.path for read in table.parts),
    ]
