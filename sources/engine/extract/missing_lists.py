"""Lists that a vendor leaves out of its records, though they were asked for: asked for record by record."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from fieldhouse.sources.engine.errors import NotFound, VendorChanged
from fieldhouse.sources.engine.http.client import Client
from fieldhouse.sources.engine.http.pagination import Request
from fieldhouse.sources.engine.spec.naming import joined, snake_case
from fieldhouse.sources.engine.spec.table import ByKey, Record, Table

from .requests import Piece
from .run import Outcome, Run

_ONE_BY_ONE = "each record was asked for them"
_WITHOUT = "there is no other way to ask for them, so what was loaded of them before stays as it was"


class MissingLists:
    """Completes the records of one table. The first page decides which lists the vendor leaves out."""

    def __init__(self, run: Run, table: Table, outcome: Outcome, client: Client) -> None:
        self.run, self.table, self.outcome, self.client = run, table, outcome, client
        self._lists = {field: how for field, how in table.missing_lists.items() if not isinstance(how, ByKey)}
        self._left_out: dict[str, str] | None = None

    def completed(self, piece: Piece) -> Piece:
        """The piece with the lists that its records lack.

        A list that has no address of its own stays away: what was loaded of it before is kept, and the outcome
        says so.
        """
        records = [record for record in piece.records if isinstance(record, dict)]
        if not self._lists or not records:
            return piece
        if self._left_out is None:
            self._left_out = self._decide(records)
        self._come_after_all(records)
        if not self._left_out:
            return piece
        return replace(piece, records=self._filled(records))

    def lacks(self, record: Record) -> bool:
        """Whether a record came without one of the lists that it should hold."""
        return any(field not in record for field in self._lists)

    def _decide(self, records: list[Record]) -> dict[str, str]:
        absent = [field for field in self._lists if not any(field in record for record in records)]
        lost = [field for field in absent if self._lists[field] is None]
        for field in absent:
            self.outcome.note(f"the vendor leaves out {field}: {_WITHOUT if field in lost else _ONE_BY_ONE}")
        self.outcome.retained_children = frozenset(
            joined(self.table.name, snake_case(field)) for field in lost
        )
        return {field: path for field in absent if (path := self._lists[field]) is not None}

    def _come_after_all(self, records: list[Record]) -> None:
        """A list that a later page does hold is not left out: the vendor omits empty ones."""
        come = {field for field in self._lists if any(field in record for record in records)}
        self.outcome.retained_children -= {joined(self.table.name, snake_case(field)) for field in come}

    def _filled(self, records: list[Record]) -> list[Record]:
        assert self._left_out is not None
        futures: list[tuple[int, str, Future[list[Any]]]] = [
            (place, field, self.run.pool.submit(self._list, self._address(path, record)))
            for place, record in enumerate(records)
            for field, path in self._left_out.items()
            if field not in record
        ]
        filled = [dict(record) for record in records]
        try:
            for place, field, future in futures:
                filled[place][field] = future.result()
        finally:
            for _, _, future in futures:
                future.cancel()
        return filled

    def _address(self, path: str, record: Record) -> str:
        try:
            return path.format_map(record)
        except KeyError as absent:
            raise VendorChanged(
                f"a record of {self.table.path} has no {absent}, and so no address of its own"
            ) from None

    def _list(self, path: str) -> list[Any]:
        try:
            found = self.client.get(Request(path))
        except NotFound:
            return []  # the record vanished since its page was read: the next scan finds it gone
        if not isinstance(found, list):
            raise VendorChanged(f"{path} answered {type(found).__name__}, not a list")
        return found
