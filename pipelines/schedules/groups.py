"""Which tables of an account are synced by one step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fieldhouse.pipelines.config.account import Account, needed_tables
from fieldhouse.sources.engine.spec.table import Table

LISTS = "lists"
"""The group of the tables that are read whole and that no other table needs."""


def table_groups(account: Account) -> Mapping[str, Sequence[Table]]:
    """The account's chosen tables in groups that need nothing of each other.

    A table stands together with those that are read by its rows or found in them; such a group, and a table that
    is read by its changes or by windows, has the name of its first table.
    """
    tables = account.tables()
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
