"""Lists that a vendor leaves out of its records, though they were asked for: asked for record by record."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from .asks import Piece
from .errors import NotFound, VendorChanged
from .paging import Ask
from .run import Outcome, Run
from .table import Record, Table


class Fallback:
    """Completes the records of one table. The first page decides which lists the vendor leaves out.

    Args:
        state: the table's state; ``lists`` in it says that the vendor sent every list before.
        counted: called for every request.
    """

    def __init__(
        self, run: Run, table: Table, outcome: Outcome, state: dict[str, Any], counted: Callable[[], None]
    ) -> None:
        self.run, self.table, self.outcome, self.state, self.counted = run, table, outcome, state, counted
        self._left_out: dict[str, str] | None = None

    def completed(self, piece: Piece) -> Piece:
        """The piece with the lists that its records lack.

        Raises:
            VendorChanged: a list that was sent before, and has no address of its own, is left out now.
        """
        records = [record for record in piece.records if isinstance(record, dict)]
        if not self.table.fallback or not records:
            return piece
        if self._left_out is None:
            self._left_out = self._decide(records)
        if not self._left_out:
            return piece
        return replace(piece, records=self._filled(records))

    def lacks(self, record: Record) -> bool:
        """Whether a record came without one of the lists that it should hold."""
        return any(field not in record for field in self.table.fallback)

    def _decide(self, records: list[Record]) -> dict[str, str]:
        absent = [field for field in self.table.fallback if not any(field in record for record in records)]
        lost = [field for field in absent if self.table.fallback[field] is None]
        if lost and self.state.get("lists") and not self.run.options.full:
            raise VendorChanged(
                f"the vendor no longer sends {', '.join(lost)}, and there is no other way to ask for them",
                do="What was loaded stays. 'fieldhouse sync --full' goes on without these lists.",
            )
        for field in absent:
            how = (
                "each record was asked for them"
                if field not in lost
                else "there is no other way to ask for them"
            )
            self.outcome.note(f"the vendor leaves out {field}: {how}")
        self.state["lists"] = not absent
        return {field: path for field in absent if (path := self.table.fallback[field]) is not None}

    def _filled(self, records: list[Record]) -> list[Record]:
        assert self._left_out is not None
        futures: list[tuple[int, str, Future[list[Any]]]] = [
            (place, field, self.run.pool.submit(self._list, path.format_map(record)))
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

    def _list(self, path: str) -> list[Any]:
        try:
            found = self.run.client.ask(Ask(path), self.counted)
        except NotFound:
            return []  # the record vanished since its page was read: the next scan finds it gone
        if not isinstance(found, list):
            raise VendorChanged(f"{path} answered {type(found).__name__}, not a list")
        return found
