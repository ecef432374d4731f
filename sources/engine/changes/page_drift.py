"""Whether a list stood still while its pages were read: rows that moved up between two pages hide others."""

from __future__ import annotations

from fieldhouse.sources.engine.extract.requests import Piece, TableRequests
from fieldhouse.sources.engine.extract.run import Outcome
from fieldhouse.sources.engine.http.pagination import Request

from .change_detector import ChangeDetector

ATTEMPTS = 3
"""So often a list that moves is read again."""


class PageDriftCheck:
    """Judges the scan that ``asking`` and ``intake`` have just made."""

    def __init__(self, outcome: Outcome, asking: TableRequests, intake: ChangeDetector) -> None:
        self.outcome, self.requests, self.change_detector = outcome, asking, intake

    def all_moved_up(self, ask: Request) -> bool:
        """Whether rows may have escaped a scan of the whole list ``ask``; deletes are inferred from it."""
        whole = self.requests.summary
        if not whole.paged or not self.requests.pager.numbered:
            return whole.shrunk and self._said()
        return self._shows_others(ask)

    def changes_moved_up(self, ask: Request, attempt: int) -> bool:
        """The same of what a filter returned. Totals that agree vouch for it; without them, a second look does.

        A total that differs from what came, twice, is wrong.
        """
        whole = self.requests.summary
        if not whole.paged:
            return False
        doubted = whole.shrunk or (whole.total_differs and not attempt)
        if not self.requests.pager.numbered:
            return doubted and self._said()
        return False if whole.has_totals and not doubted else self._shows_others(ask)

    def _shows_others(self, ask: Request) -> bool:
        """Look at some pages again, where the table is one list."""
        if len(self.requests.table.parts) != 1:
            return False
        sighting = self.change_detector.page_order
        numbers = sighting.second_look()
        again = self.requests.run.pool.map(lambda number: self.requests.page_again(ask, number), numbers)
        for number, records in zip(numbers, again, strict=True):
            keys, all_good = self.change_detector.keys_of(Piece(records, 0))
            if not all_good or not keys or sighting.moved_up(number, keys):
                return self._said()
        return False

    def _said(self) -> bool:
        self.outcome.note("rows moved up between pages while they were read: they were read again")
        return True
