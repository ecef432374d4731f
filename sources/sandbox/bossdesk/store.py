"""One BOSSDesk table's rows: seeded rows are derived from their number at each read, edited rows are kept."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import Any

from fieldhouse.sources.sandbox.sandbox import Record

from .ransack import Search
from .reference_data import FIRST_IDS, STEP


class Store:
    """Rows by ``id``. ``derive`` gives the seeded row of a number, ``complete`` adds its children."""

    def __init__(
        self,
        name: str,
        derive: Callable[[int], Record],
        complete: Callable[[Record], Record] = lambda row: row,
    ) -> None:
        self.name = name
        self.first = FIRST_IDS[name]
        self.derive, self.complete = derive, complete
        self.updated: dict[int, str] = {}
        self.edited: dict[int, Record] = {}
        self.gone: dict[int, Record] = {}
        self.last = 0
        self.version = 0
        self._orders: dict[tuple[Search, bool], list[int]] = {}

    def id_of(self, number: int) -> int:
        return self.first + STEP * number

    def number_of(self, row_id: int) -> int:
        return (row_id - self.first) // STEP

    def seed(self, updated: Iterable[str]) -> None:
        """Fill an empty table: one ``updated_at`` for each number from 1 on."""
        for self.last, moment in enumerate(updated, start=1):
            self.updated[self.id_of(self.last)] = moment

    def alive(self, number: int) -> int | None:
        """The id behind a ``friendly_id``, or None where there is no such row (any more)."""
        row_id = self.id_of(number)
        return row_id if row_id in self.updated else None

    def row(self, row_id: int) -> Record:
        """The row's own fields, children left out where they would have to be derived. Not for editing."""
        edited_row = self.edited.get(row_id)
        if edited_row is not None:
            return edited_row
        record = self.derive(self.number_of(row_id))
        record["updated_at"] = self.updated[row_id]
        return record

    def full(self, row_id: int) -> Record:
        """The row with its children. Not for editing."""
        edited_row = self.edited.get(row_id)
        return edited_row if edited_row is not None else self.complete(self.row(row_id))

    def keep(self, row_id: int, now: str) -> Record:
        """The row for editing, marked as updated ``now``; raises KeyError where there is none."""
        if row_id not in self.updated:
            raise KeyError(f"{self.name} has no row {row_id}")
        record = self.edited[row_id] = self.full(row_id)
        record["updated_at"] = now
        self.updated[row_id] = now
        self.changed()
        return record

    def add(self, record: Record) -> Record:
        """A new or returning row, under its own ``id``."""
        self.edited[record["id"]] = record
        self.updated[record["id"]] = record["updated_at"]
        self.last = max(self.last, self.number_of(record["id"]))
        self.gone.pop(record["id"], None)
        self.changed()
        return record

    def remove(self, row_id: int) -> Record:
        record = self.gone[row_id] = self.full(row_id)
        self.edited.pop(row_id, None)
        del self.updated[row_id]
        self.changed()
        return record

    def changed(self) -> None:
        self.version += 1
        self._orders.clear()

    def any_id(self, rng: random.Random) -> int:
        """A row drawn evenly; raises IndexError in an empty table."""
        if not self.updated:
            raise IndexError(f"{self.name} is empty")
        while (row_id := self.alive(rng.randint(1, self.last))) is None:
            pass
        return row_id

    def order(self, search: Search, newest_first: bool) -> list[int]:
        """The ids that ``search`` finds, in its order or else by id."""
        cached = self._orders.get((search, newest_first))
        if cached is not None:
            return cached
        ids = sorted(self.updated, reverse=newest_first and search.sort is None)
        for one in search.conditions:
            ids = [row_id for row_id in ids if one.holds(self.value(row_id, one.attribute))]
        if search.sort:
            attribute, descending = search.sort
            values = {row_id: self.value(row_id, attribute) for row_id in ids}
            ids.sort(key=lambda row_id: (values[row_id] is None, values[row_id]), reverse=descending)
        self._orders[search, newest_first] = ids
        return ids

    def value(self, row_id: int, attribute: str) -> Any:
        if attribute == "id":
            return row_id
        return self.updated[row_id] if attribute == "updated_at" else self.row(row_id).get(attribute)
