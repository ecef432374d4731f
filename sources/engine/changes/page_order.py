"""What a scan of pages has sighted, in order, so that a second look can tell whether rows moved up behind its back.

While a list is read by page numbers, a row that is deleted moves every later row up by one: the row that crosses from
an unread page to a read one is never seen, and nothing in the pages that did come shows it. A second look at some of
the pages does: a page that was read before the deletion now ends with a row that it did not hold. A list whose rows
have no order at all shows itself the same way.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from math import log2


class PageOrder:
    """Key numbers in the order of a scan, with the borders of its pages; eight bytes a row."""

    def __init__(self) -> None:
        self._numbers = array("q")
        self._sizes = array("q")
        self.pages_known = True

    def add(self, numbers: Sequence[int]) -> None:
        self._numbers.extend(numbers)

    def page_ends(self, size: int) -> None:
        """The next page has ``size`` records; pages and numbers may be told in any grouping, but in order."""
        self._sizes.append(size)

    @property
    def pages(self) -> int:
        return len(self._sizes)

    def page(self, number: int) -> list[int]:
        """The keys that page ``number`` (from 1) held, in their order."""
        start = sum(self._sizes[: number - 1])
        return list(self._numbers[start : start + self._sizes[number - 1]])

    def second_look(self) -> list[int]:
        """The pages to look at again: the first, and a few evenly spread, never the last. About log2 of all."""
        before_last = self.pages - 1
        if before_last < 1 or not self.pages_known or sum(self._sizes) != len(self._numbers):
            return []
        wanted = min(before_last, 2 + int(log2(self.pages)))
        return sorted({1 + index * before_last // wanted for index in range(wanted)} | {before_last})

    def moved_up(self, number: int, now: Sequence[int]) -> bool:
        """Whether the page, read again, shows that rows may have escaped the scan.

        Rows that came in front push others down, which hides none: the page then ends with rows that it held, in
        their order. A row from further down at its end means that an earlier one is gone; most rows in another
        order mean that the list has none.
        """
        before = self.page(number)
        rest, kept = reversed(before), 0
        for key in reversed(now):
            if key not in rest:
                break
            kept += 1
        held = set(before)
        jumped = sum(key in held for key in now[: len(now) - kept])
        return len(now) < len(before) or not kept or jumped > len(before) // 2
