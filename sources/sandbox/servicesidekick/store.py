"""The rows of one ServiceSidekick table: by id, and by the number that its URLs use."""

from __future__ import annotations

import random

from fieldhouse.sources.sandbox.sandbox import Record


class RowStore:
    """``number_field`` is what URLs call a row by; ``gone`` holds deleted rows until they are restored."""

    def __init__(self, first_id: int, number_field: str = "id", first_number: int = 0) -> None:
        self.number_field = number_field
        self.by_id: dict[int, Record] = {}
        self.gone: dict[int, Record] = {}
        self.extra: Record = {}
        self._next_id, self._next_number = first_id, first_number
        self._ids: dict[int, int] = {}
        self._ordered: list[int] = []

    def identity(self) -> Record:
        """The next row's ``id`` and number. Numbers count 1, 2, 3; ids are shared with other accounts."""
        self._next_id += 11
        self._next_number += 1
        return {"id": self._next_id} | (
            {} if self.number_field == "id" else {self.number_field: self._next_number}
        )

    def put(self, record: Record) -> None:
        """A new, changed or returning row."""
        if record["id"] not in self.by_id:
            self._ordered.clear()
        self.by_id[record["id"]] = record
        self._ids[record[self.number_field]] = record["id"]
        self.gone.pop(record["id"], None)

    def remove(self, row_id: int) -> Record:
        """Raises KeyError where there is no such row."""
        record = self.gone[row_id] = self.by_id.pop(row_id)
        del self._ids[record[self.number_field]]
        self._ordered.clear()
        return record

    def numbered(self, number: int) -> Record | None:
        row_id = self._ids.get(number)
        return None if row_id is None else self.by_id[row_id]

    def ids(self) -> list[int]:
        """Ascending. Not for editing."""
        if not self._ordered:
            self._ordered = sorted(self.by_id)
        return self._ordered

    def pick(self, dice: random.Random) -> int | None:
        """The id of a row drawn evenly, None on an empty shelf."""
        return dice.choice(self.ids()) if self.by_id else None
