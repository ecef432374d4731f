"""Which tables of a vendor are synced by one step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from fieldhouse.pipelines.config.account import Account, needed_tables
from fieldhouse.sources.engine.spec.table import Table

LISTS = "lists"
"""The group of the tables that are read whole and that no other table needs."""


def chosen_tables(accounts: Iterable[Account]) -> list[Table]:
    """The tables that any of a vendor's accounts (at least one) syncs, in the vendor's order."""
    of_vendor = list(accounts)
    names = {table.name for account in of_vendor for table in account.tables()}
    return [table for table in of_vendor[0].vendor.tables if table.name in names]


def table_groups(tables: Sequence[Table]) -> Mapping[str, Sequence[Table]]:
    """Tables of a vendor in groups that need nothing of each other.

    A table stands together with those that are read by its rows or found in them; such a group, and a table that
    is read by its changes or by windows, has the name of its first table.
    """
    group = {table.name: table.name for table in tables}
    for table in tables:
        for parent in needed_tables(table):
            one, other = group[parent], group[table.name]
            group = {name: one if of == other else of for name, of in group.items()}
    members = {name: [table for table in tables if group[table.name] == name] for name in group.values()}
    groups: dict[str, list[Table]] = {}
    for name, together in members.items():
        alone = len(together) == 1 and together[0].strategy == "full"
        groups.setdefault(LISTS if alone else name, []).extend(together)
    return groups
