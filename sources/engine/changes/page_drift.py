"""Page drift: did rows move between pages while a list was read?

While a list is read by page numbers, a row that is deleted moves every later row up by one: the row that crosses from
an unread page to a read one is never seen, and nothing in the pages that did come shows it. A second look at some of
the pages does: a page that was read before the deletion now ends with a row that it did not hold. A list whose rows
have no order at all shows itself the same way.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Collection, Sequence
from enum import Enum
from itertools import accumulate
from math import log2

from .records import ScanSummary

ATTEMPTS = 3
"""A list that moves is read up to this often."""


class Drift(Enum):
    """What a finished scan shows: no drift, drift, or nothing until some pages are read again."""

    NONE = "none"
    SEEN = "seen"
    LOOK_AGAIN = "look again"


def drift_of_full_scan(summary: ScanSummary, *, numbered: bool) -> Drift:
    """Judge a scan of a whole list, from which deletes are inferred.

    Args:
        numbered: the pages are requested by number.
    """
    if summary.has_gap:
        return Drift.SEEN
    if not summary.paged or not numbered:
        return Drift.SEEN if summary.shrunk else Drift.NONE
    return Drift.LOOK_AGAIN


def drift_of_changes(summary: ScanSummary, *, numbered: bool, attempt: int) -> Drift:
    """Judge a read of what a filter returns. Totals that agree vouch for it; without totals, a second look does.

    A total that differs from what came, twice, is wrong, unless a page between others was empty.
    """
    if summary.has_gap:
        return Drift.SEEN
    if not summary.paged:
        return Drift.NONE
    doubtful = summary.shrunk or (summary.total_differs and not attempt)
    if not numbered:
        return Drift.SEEN if doubtful else Drift.NONE
    return Drift.NONE if summary.has_totals and not doubtful else Drift.LOOK_AGAIN


class PageOrder:
    """Key hashes in the order of a scan, with the borders of its pages; eight bytes a row."""

    def __init__(self) -> None:
        self._keys = array("q")
        self._sizes = array("q")

    def add(self, key_hashes: Sequence[int]) -> None:
        """Add the keys of the next records; pages and keys may come in any grouping, but in order."""
        self._keys.extend(key_hashes)

    def end_page(self, size: int) -> None:
        """Note that the next page has ``size`` records."""
        self._sizes.append(size)

    @property
    def pages(self) -> int:
        return len(self._sizes)

    def page(self, number: int) -> list[int]:
        """The keys that page ``number`` (from 1) held, in their order."""
        start = sum(self._sizes[: number - 1])
        return list(self._keys[start : start + self._sizes[number - 1]])

    def pages_around(self, key_hashes: Collection[int]) -> list[int]:
        """The pages that held these keys and their neighbours, to which a row may have moved; empty if not known."""
        if sum(self._sizes) != len(self._keys):
            return []
        pages: set[int] = set()
        ends = list(accumulate(self._sizes))
        for position, key in enumerate(self._keys):
            if key in key_hashes:
                number = 1 + bisect_right(ends, position)
                pages |= {number - 1, number, number + 1}
        return sorted(pages & set(range(1, self.pages + 1)))

    def pages_to_check(self) -> list[int]:
        """The pages to read again: the first, and a few evenly spread, never the last. About log2 of all."""
        before_last = self.pages - 1
        if before_last < 1 or sum(self._sizes) != len(self._keys):
            return []
        count = min(before_last, 2 + int(log2(self.pages)))
        return sorted({1 + index * before_last // count for index in range(count)} | {before_last})

    def moved_up(self, number: int, now: Sequence[int]) -> bool:
        """True if page ``number``, read again, shows that rows may have escaped the scan.

        Rows that came in front push others down, which hides none: the page then ends with rows that it held, in
        their order. A row from further down at its end means that an earlier one is gone; most rows in another
        order mean that the list has none.
        """
        before = self.page(number)
        earlier, in_order = reversed(before), 0
        for key in reversed(now):
            if key not in earlier:
                break
            in_order += 1
        known = set(before)
        jumped = sum(key in known for key in now[: len(now) - in_order])
        return len(now) < len(before) or not in_order or jumped > len(before) // 2
