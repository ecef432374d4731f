"""How far ahead a scan asks: every slot is busy on a long list, and next to nothing is asked beyond the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from typing import Any, cast

import pytest

from fieldhouse.sources.engine.extract.scan import RAMP, Scan
from fieldhouse.sources.engine.http.client import Client
from fieldhouse.sources.engine.http.pagination import PageInfo, PageNumber, Pager, Request

SIZE, SLOTS = 30, 8
PLAIN = PageNumber("page", "per_page", SIZE)
TOTALS = PageNumber("page", "per_page", SIZE)


class Shelf:
    """A vendor's list whose pages have these lengths. ``asked`` are the numbers of the pages that were asked for."""

    def __init__(self, lengths: Sequence[int], total: int | None = None) -> None:
        self.lengths, self.total = lengths, total
        self.asked: list[int] = []
        self.api = self

    def get(self, ask: Request) -> list[tuple[int, int]]:
        number = ask.params["page"]
        self.asked.append(number)
        there = self.lengths[number - 1] if number <= len(self.lengths) else 0
        return [(number, row) for row in range(there)]

    def page_info(self, document: Any, records: list[Any]) -> PageInfo:
        return PageInfo(len(records), self.total)


class Slots(Executor):
    """Keeps what it is given until its result is wanted; ``most`` is how much it ever kept."""

    def __init__(self, *, at_once: bool) -> None:
        self.kept: set[Future[Any]] = set()
        self.at_once, self.most = at_once, 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future = _Later(self, lambda: fn(*args, **kwargs))
        self.kept.add(future)
        self.most = max(self.most, len(self.kept))
        if self.at_once:
            future.run()
        return future


class _Later(Future[Any]):
    def __init__(self, slots: Slots, work: Callable[[], Any]) -> None:
        super().__init__()
        self.slots, self.work = slots, work

    def run(self) -> None:
        if not self.done():
            self.set_result(self.work())

    def result(self, timeout: float | None = None) -> Any:
        self.run()
        self.slots.kept.discard(self)
        return super().result(timeout)


def scanned(
    shelf: Shelf, pager: Pager = PLAIN, *, expected: int | None = None, at_once: bool = True
) -> tuple[int, int]:
    """Requests that a scan of a shelf sent, and most that it had in flight. ``at_once``: none can be cancelled."""
    slots = Slots(at_once=at_once)
    scan = Scan(
        cast(Client, shelf),
        Request("things"),
        pager,
        list,
        pool=slots,
        most=SLOTS,
        now=lambda: 0,
        expected=expected,
    )
    rows = [record for page in scan for record in page.records]
    assert rows == [(page, row) for page, length in enumerate(shelf.lengths, 1) for row in range(length)]
    assert scan.verdict.ended
    assert len(shelf.asked) == scan.verdict.pages + scan.verdict.beyond
    return len(shelf.asked), slots.most


def pages(count: int, last: int = 7) -> list[int]:
    return [SIZE] * (count - 1) + [last] if count else []


@pytest.mark.parametrize("count", range(2 * RAMP))
def test_a_short_list_costs_one_empty_page(count: int) -> None:
    assert scanned(Shelf(pages(count)))[0] == count + 1


@pytest.mark.parametrize("last", [7, SIZE])
@pytest.mark.parametrize("count", [8, 9, 15, 16, 17, 40, 63, 100, 400])
def test_little_is_asked_for_in_vain(count: int, last: int) -> None:
    """At most one request for every ``RAMP`` pages, and never more than there are slots."""
    in_vain = scanned(Shelf(pages(count, last)))[0] - (count + 1)
    assert 0 <= in_vain <= min(count // RAMP, SLOTS - 1)


def test_what_has_not_been_sent_at_the_end_is_not_sent() -> None:
    assert scanned(Shelf(pages(400)), at_once=False) == (401, SLOTS)


@pytest.mark.parametrize(
    "lengths",
    [pages(RAMP * SLOTS), [SIZE // 2] * RAMP * SLOTS, [20 + page % 7 for page in range(RAMP * SLOTS)]],
    ids=["full pages", "pages capped in silence", "pages of any length"],
)
def test_a_long_list_keeps_every_slot_busy(lengths: list[int]) -> None:
    assert scanned(Shelf(lengths), at_once=False)[1] == SLOTS


def test_a_short_page_is_not_the_end() -> None:
    scanned(Shelf([SIZE, SIZE, 3, SIZE, 1, 1, SIZE]))
    scanned(Shelf([3, SIZE, 2]))


@pytest.mark.parametrize("count", [1, 8, 9, 100])
def test_a_list_that_was_scanned_before_is_read_up_to_its_end(count: int) -> None:
    """All at once up to where the last scan ended; then page by page while it goes on."""
    assert scanned(Shelf(pages(count)), expected=count) == (count + 1, min(count, SLOTS))
    assert scanned(Shelf(pages(count + 1)), expected=count)[0] == count + 2


def test_a_list_that_became_shorter_costs_what_is_in_flight() -> None:
    assert scanned(Shelf(pages(99)), expected=100)[0] == 101
    assert scanned(Shelf(pages(1)), expected=100)[0] == 2
    assert scanned(Shelf(pages(10, SIZE)), expected=100)[0] <= 11 + SLOTS - 1


@pytest.mark.parametrize("count", [2, 3, 9, 40])
def test_a_total_tells_the_end(count: int) -> None:
    """The first page tells it: all others are asked for together, some in store, and none beyond."""
    assert scanned(Shelf(pages(count), sum(pages(count))), TOTALS) == (
        count,
        min(count - 1, SLOTS + 250 // SIZE),
    )


def test_a_total_that_is_wrong_hides_nothing() -> None:
    assert scanned(Shelf(pages(40), 60), TOTALS)[0] == 41
    assert scanned(Shelf(pages(3), 100_000), TOTALS)[0] <= 4 + 4 * SLOTS - 1
