"""An account of a vendor: its settings, its schema, and the tables that it syncs."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from fieldhouse.sources import VENDORS
from fieldhouse.sources.engine.errors import FixSettings
from fieldhouse.sources.engine.spec.account_settings import AccountSettings
from fieldhouse.sources.engine.spec.table import Table
from fieldhouse.sources.engine.spec.vendor import Vendor

if TYPE_CHECKING:
    from fieldhouse.warehouse.backends.rate_budget import Budgets


@dataclass(frozen=True)
class Account:
    """One account of one vendor. ``name`` is ``bossdesk`` or ``bossdesk.emea``; ``schema`` its schema's name.

    ``budgets`` opens the rate budgets that machines share through the warehouse; None where they do not.
    """

    vendor: Vendor
    name: str
    settings: AccountSettings
    budgets: Callable[[], Budgets] | None = field(default=None, compare=False)

    @property
    def schema(self) -> str:
        return self.name.replace(".", "_")

    def tables(self, globs: Iterable[str] = ()) -> tuple[Table, ...]:
        """The tables that the settings and ``globs`` choose, with the parents that they need.

        Raises:
            FixSettings: a name that is no table.
        """
        chosen = {table.name for table in self.vendor.tables}
        for patterns in (self.settings.tables, list(globs)):
            if patterns:
                chosen &= self.matching(patterns)
        for table in reversed(self.vendor.tables):
            if table.name in chosen:
                chosen |= set(needed_tables(table))
        return tuple(table for table in self.vendor.tables if table.name in chosen)

    def matching(self, globs: Iterable[str]) -> set[str]:
        """The names of the tables that any of the globs matches; raises FixSettings for one that matches none."""
        names = [table.name for table in self.vendor.tables]
        matching: set[str] = set()
        for glob in globs:
            hits = {name for name in names if fnmatchcase(name, glob)}
            if not hits:
                raise FixSettings(
                    f"{self.name} has no table {glob!r}. {did_you_mean(glob, names)}".rstrip(),
                    do=f"'fieldhouse tables {self.vendor.name}' lists them.",
                )
            matching |= hits
        return matching


def vendor_named(name: str) -> Vendor:
    """The vendor of that name.

    Raises:
        FixSettings: there is none; the message names the nearest.
    """
    if name in VENDORS:
        return VENDORS[name]
    hint = did_you_mean(name, VENDORS) or f"Vendors: {', '.join(VENDORS)}."
    raise FixSettings(f"{name!r} is not a vendor.", do=hint)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A question with the nearest of the known names; empty if none is near."""
    close = difflib.get_close_matches(name, list(known), 1)
    return f"Did you mean {close[0]!r}?" if close else ""


def needed_tables(table: Table) -> list[str]:
    """The tables that are read before ``table``: its parent, and those whose records embed its rows."""
    parent = [table.per_parent.parent] if table.per_parent else []
    return parent + [embedded.table for embedded in table.embedded_in]
