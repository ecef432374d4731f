"""The rows of one ServiceBridge table: kept in the order of their ids, with what was deleted set aside."""

from __future__ import annotations

import random
from bisect import bisect_left, insort
from typing import Any

from fieldhouse.sources.sandbox.sandbox import Record, copy_json

STEP = 7
"""Ids are handed out over all accounts of the vendor, so one account sees gaps."""


class RowStore:
    """Rows by ``Id``. ``ids`` is always ascending; ``gone`` holds deleted rows until they are restored."""

    def __init__(self, first_id: int) -> None:
        self.next_id = first_id
        self.ids: list[int] = []
        self.by_id: dict[int, Record] = {}
        self.gone: dict[int, Record] = {}
        self.extra: Record = {}
        self._matches: dict[tuple[str | None, bool], list[int]] = {}

    def new_id(self) -> int:
        self.next_id += STEP
        return self.next_id

    def put(self, record: Record) -> None:
        """A new or returning row."""
        insort(self.ids, record["Id"])
        self.by_id[record["Id"]] = record
        self.gone.pop(record["Id"], None)
        self.changed()

    def remove(self, row_id: int) -> Record:
        """Raises KeyError where there is no such row."""
        record = self.gone[row_id] = self.by_id.pop(row_id)
        del self.ids[bisect_left(self.ids, row_id)]
        self.changed()
        return record

    def pick(self, dice: random.Random) -> Record | None:
        """A row drawn evenly, None in an empty table. Not for editing."""
        return self.by_id[dice.choice(self.ids)] if self.ids else None

    def changed(self) -> None:
        self._matches.clear()

    def find(self, since: str | None, hide_inactive: bool) -> list[int]:
        """Ids of the rows updated at or after ``since`` (naive UTC text), ascending."""
        key = (since, hide_inactive)
        if key not in self._matches:
            self._matches[key] = [row_id for row_id in self.ids if self._shown(self.by_id[row_id], *key)]
        return self._matches[key]

    @staticmethod
    def _shown(record: Record, since: str | None, hide_inactive: bool) -> bool:
        if hide_inactive and record.get("IsActive") is False:
            return False
        return since is None or record["Metadata"]["UpdatedOn"] >= since

    def output(self, row_id: int) -> Record:
        """The row as the wire shows it, with the fields that a test added. Not for editing."""
        record = self.by_id[row_id]
        return {**record, **self.extra} if self.extra else record

    def truth(self) -> list[Record]:
        return [copy_json(self.output(row_id)) for row_id in self.ids]


def whole_numbers(value: Any) -> Any:
    """``100.0`` as ``100``: the vendor's own sample prints whole amounts without decimals."""
    if isinstance(value, dict):
        return {name: whole_numbers(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [whole_numbers(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
