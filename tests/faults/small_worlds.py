"""Small worlds: a few tables of each vendor, a few rows on each page, and somebody who edits them."""

from __future__ import annotations

import random
import zlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from fieldhouse.sources.engine.spec.vendor import Vendor
from fieldhouse.sources.sandbox.sandbox import Sandbox
from tests.support.vendors.facts import VENDOR_FACTS
from tests.support.vendors.vendor_facts import SmallWorld

SMALL_WORLDS = {name: facts.faults for name, facts in VENDOR_FACTS.items()}
PAGED = ("bossdesk", "servicebridge", "servicesidekick", "shiftboard")
"""Vendors whose lists have pages."""
CURSOR_TABLES = {"bossdesk": "groups", "servicebridge": "leads"}
"""Vendor -> a table that is read by cursor, of which many rows can have one value."""


def small_pages(vendor: Vendor, size: int) -> Vendor:
    """The vendor with lists of ``size`` rows a page."""
    tables = tuple(
        replace(table, pager=table.pager.with_size(size)) if table.pager else table for table in vendor.tables
    )
    return replace(vendor, pager=vendor.pager.with_size(size), tables=tables)


def with_tables(world: SmallWorld, tables: Sequence[str]) -> SmallWorld:
    """A small world that has other tables; those that it edits and deletes from are among them."""
    edited, deleted = (
        tuple(name for name in names if name in tables) for names in (world.edited, world.deleted)
    )
    return replace(world, tables=tuple(tables), edited=edited, deleted=deleted)


class Editor:
    """Edits a sandbox as its users do, at random from a seed, and remembers what it took away.

    It never takes away more of a table than a scan would mark: a tenth of the rows since the last ``swept``.
    """

    def __init__(self, box: Any, seed: object, small_world: SmallWorld) -> None:
        self.box: Sandbox | Any = box
        self.small_world = small_world
        self.random = random.Random(f"{seed}")
        self.gone: dict[str, list[Any]] = {table: [] for table in small_world.deleted}
        self._since_sweep: dict[str, int] = {}

    def swept(self) -> None:
        """A sweep has taken note of what is gone."""
        self._since_sweep.clear()

    def edit(self, count: int, *, deletes: bool = True) -> None:
        """``count`` edits of any kind."""
        for _ in range(count):
            chance = self.random.random()
            if deletes and chance < 0.2:
                self.delete()
            elif deletes and chance < 0.28 and any(self.gone.values()):
                self.restore()
            elif chance < 0.5:
                self.create()
            else:
                self.change()

    def create(self, table: str = "") -> None:
        table = table or self.random.choice(self.small_world.edited)
        self.box.create(table)

    def change(self, table: str = "") -> None:
        table = table or self.random.choice(self.small_world.edited)
        self.box.change(table, self.random.choice(self.ids(table)))

    def delete(self, table: str = "") -> None:
        table = table or self.random.choice(self.small_world.deleted)
        ids = self.ids(table)
        if len(ids) < 3 or self._since_sweep.get(table, 0) >= max(1, len(ids) // 10):
            return self.change(table)
        self.take(table, self.random.choice(ids))
        self._since_sweep[table] = self._since_sweep.get(table, 0) + 1
        return None

    def take(self, table: str, row_id: Any) -> None:
        """Take one row away."""
        self.box.delete(table, row_id)
        self.gone[table].append(row_id)

    def restore(self, table: str = "") -> None:
        """Bring one back."""
        table = table or self.random.choice([name for name, ids in self.gone.items() if ids])
        row_id = self.gone[table].pop(self.random.randrange(len(self.gone[table])))
        self.box.restore(table, row_id)

    def absent(self) -> set[tuple[str, str]]:
        """Table and id of the rows that were taken away and not brought back."""
        return {(table, str(row_id)) for table, ids in self.gone.items() for row_id in ids}

    def ids(self, table: str) -> list[Any]:
        """The ids of a table's rows, in order."""
        return ids_of(self.box, table)


def ids_of(box: Sandbox, table: str) -> list[Any]:
    """The ids of a table's rows at the vendor, as its sandbox takes them."""
    return [_id(row) for row in box.truth()[table]]


def _id(row: dict[str, Any]) -> Any:
    return next(row[name] for name in ("id", "Id") if name in row)


def spread(most: int, count: int, first: int = 1) -> Sequence[int]:
    """At most ``count`` whole numbers from ``first`` to ``most``, evenly, both ends among them."""
    if most - first + 1 <= count:
        return range(first, most + 1)
    step = (most - first) / (count - 1)
    return sorted({round(first + index * step) for index in range(count)})


def number(*parts: object) -> int:
    """A number from a seed and a name, the same on every machine."""
    return zlib.crc32("/".join(map(str, parts)).encode())
