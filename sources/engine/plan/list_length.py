"""List length: how long a list is, and how many requests a scan of it takes, from a few of its pages.

A list without a total is measured by requests for pages ever further away and halving back: about twice the logarithm
of its pages, or two or three of them if it is known where the last scan ended, or if the vendor gives the list from its
end, too. The requests are then counted by a scan itself, over pages that hold numbers: so pages that a scan fetches
ahead or past the end are counted too.
"""

from __future__ import annotations

from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from math import ceil, isqrt
from typing import Any, cast

from fieldhouse.sources.engine.changes.page_drift import PageOrder
from fieldhouse.sources.engine.changes.parent_keys import is_parent
from fieldhouse.sources.engine.errors import NotFound, Refused, VendorChanged
from fieldhouse.sources.engine.extract.list_reader import ListReader
from fieldhouse.sources.engine.extract.scan import MOST_PAGES, Page, Scan
from fieldhouse.sources.engine.http.client import Client
from fieldhouse.sources.engine.http.pagination import PageInfo, Pager, Request

SILENT_CAPS = frozenset({5, 10, 15, 20, 25, 30, 50, 100, 200, 250, 500})
"""Sizes to which servers cap pages without notice: a first page of one of these may not be the only one."""
FACTOR = 3
"""The search for the last page goes this many times as far with each request."""
TOLERANCE = 8
"""Of a list whose rows cost no requests of their own, one page of this many may be a guess."""
FOLLOWED = 10
"""Up to this many pages are read to measure a list whose next page only a page reveals."""


@dataclass
class Length:
    """A list as far as it is known: rows, records on a full page, and the records that were seen of it."""

    rows: int
    size: int
    total: bool = False
    sample: list[Any] = field(default_factory=list)

    @property
    def pages(self) -> int:
        """Pages that hold rows."""
        return ceil(self.rows / max(1, self.size))

    def page(self, number: int) -> list[int]:
        """As many numbers as page ``number`` (from 1) has rows."""
        return [number] * max(0, min(self.size, self.rows - (number - 1) * self.size))


def measured(
    lists: ListReader, request: Request, *, short_ends: bool = False, near: int | None = None
) -> Length:
    """The length of the list that ``request`` reads.

    Args:
        short_ends: take a first page with fewer rows than requested as the only one. A server may cap its pages
            without notice, so this is a guess.
        near: how many pages it had when it was last scanned: the search begins there, and takes a page that is
            shorter than the first one as the last.

    Raises:
        VendorChanged: the list does not end.
    """
    pager = lists.pager
    first = fetched(lists, request, 1)
    count, total = len(first.records), first.info.total
    length = Length(count, count, sample=list(first.records))
    size = pager.size or 0
    length.total = total is not None
    if pager.numbered:
        is_short = count < size and (short_ends or near == 1 or count not in SILENT_CAPS)
        is_short = is_short or count < lists.run.full_page
        ends = count == 0 or is_short
    else:
        ends = pager.after(pager.page(request, 1), 1, first.info, count) is None
    if ends:
        length.size = max(count, size)
    elif total is not None:
        length.rows = max(total, count)
    elif not pager.guesses and pager.page(request, 2) != pager.page(request, 1):
        _search(lists, request, length, near or _pages_by_key(lists, request, length))
    elif not pager.guesses:
        length.rows = (near or _follow(lists, request, first)) * length.size
    return length


def fetched(lists: ListReader, request: Request, number: int, pager: Pager | None = None) -> Page:
    """Page ``number`` of a list."""
    return _page(lists, (pager or lists.pager).page(request, number), number)


def _page(lists: ListReader, request: Request, number: int) -> Page:
    client = lists.client
    try:
        document = client.get(request)
    except NotFound:
        if number == 1:
            raise
        return Page(number, [], 0, PageInfo(0))
    records = lists.table.records_in(document)
    return Page(number, records, 0, client.api.page_info(document, records))


def _follow(lists: ListReader, request: Request, page: Page) -> int:
    """Pages of a list whose next page only a page reveals, up to ``FOLLOWED``."""
    request, collected = lists.pager.page(request, 1), 0
    while page.number < FOLLOWED:
        collected += len(page.records)
        following = lists.pager.after(request, page.number, page.info, collected)
        if following is None:
            break
        request, page = following, _page(lists, following, page.number + 1)
    return page.number


def _pages_by_key(lists: ListReader, request: Request, length: Length) -> int | None:
    """About how many pages a list has that is in the order of its keys: if keys are as dense as on its first page.

    None if the vendor does not give the list from its end, or the keys are no numbers.
    """
    table, keys = lists.table, _numeric_keys(lists, length.sample)
    if not (table.reverse_order and lists.ordered and keys == sorted(set(keys)) and len(keys) > 1):
        return None
    try:
        last = fetched(lists, request.having(table.reverse_order), 1, lists.pager.with_size(1))
    except Refused:
        return None
    (largest, *_) = _numeric_keys(lists, last.records) or [0]
    if largest <= keys[-1]:
        return None
    between = (keys[-1] - keys[0]) / (len(keys) - 1)
    return ceil(((largest - keys[0]) / between + 1) / length.size)


def _numeric_keys(lists: ListReader, records: list[Any]) -> list[int]:
    """The keys of records; none if one is no integer."""
    (column, *_) = lists.table.key
    keys = [record.get(column) if isinstance(record, dict) else None for record in records]
    return [key for key in keys if isinstance(key, int)] if all(isinstance(key, int) for key in keys) else []


def _search(lists: ListReader, request: Request, length: Length, near: int | None) -> None:
    """Find the last page with rows: ever further away from a guess, then by halving. A page that is shorter than the
    first is taken for the last."""
    counts = {1: length.size}

    def count(number: int) -> int:
        records = fetched(lists, request, number).records
        if records and records == length.sample[: len(records)]:
            raise VendorChanged(f"page {number} repeats page 1: the vendor ignores the page parameter")
        length.sample += records
        counts[number] = len(records)
        return len(records)

    low, high = 1, 0
    tolerance = 0 if near or _rows_cost(lists) else TOLERANCE
    guess, step = (near, 1) if near and near > 1 else (FACTOR, 0)
    while not high or high - low > max(1, low // tolerance if tolerance else 0):
        if rows := count(guess):
            low = guess
        else:
            high = guess
        if 0 < rows < length.size:
            break
        if step:
            guess = max((low + high) // 2, high - step) if high else low + step
            step *= 2
        else:
            guess = _middle(low, high) if high else low * FACTOR
        if guess > 2 * MOST_PAGES:
            raise VendorChanged(f"the list does not end after {MOST_PAGES:,} pages")
    if low > 1 and not lists.pager.size:
        lists.run.full_page = max(lists.run.full_page, length.size)
    between = (high - 1 - low) // 2 if counts[low] == length.size else 0
    length.rows = (low - 1 + between) * length.size + counts[low]


def _rows_cost(lists: ListReader) -> bool:
    """True if some rows of a list take requests of their own, so that their number has to be known."""
    return bool(
        lists.table.detail or lists.table.missing_lists or is_parent(lists.run.vendor, lists.table.name)
    )


def _middle(low: int, high: int) -> int:
    """A page between two others: by their ratio while they are far apart, else half way."""
    return isqrt(low * high) if high > 2 * low + 1 else (low + high) // 2


def scan_requests(lists: ListReader, request: Request, length: Length, expected: int | None = None) -> int:
    """Requests that a scan of a list of this length sends, those past the end included.

    Args:
        expected: pages with rows in the last scan.
    """
    imagined = _ImaginedList(length)
    scan = Scan(
        cast(Client, imagined),
        request,
        _Numbers(lists.pager, length),
        lambda document: cast("list[Any]", document),
        pool=_Immediate(),
        most=lists.run.max_concurrency,
        expected=expected,
    )
    for _ in scan:
        pass
    return imagined.sent


def second_look(pages: int) -> int:
    """Pages that a scan of ``pages`` pages reads again."""
    order = PageOrder()
    for _ in range(pages):
        order.end_page(1)
    order.add([0] * pages)
    return len(order.pages_to_check())


class _ImaginedList:
    """Answers as a vendor would whose list has this length, with numbers for records."""

    def __init__(self, length: Length) -> None:
        self.length, self.sent = length, 0
        self.api = self

    def get(self, request: Request) -> list[int]:
        self.sent += 1
        return self.length.page(request.params["number"])

    def page_info(self, document: Any, records: list[int]) -> PageInfo:
        return PageInfo(len(records), self.length.rows if self.length.total else None)


@dataclass(frozen=True)
class _Numbers:
    """Pages by their number alone, as ``pager`` would request them in a list of this length."""

    pager: Pager
    length: Length

    @property
    def numbered(self) -> bool:
        return self.pager.numbered

    @property
    def guesses(self) -> bool:
        return self.pager.guesses

    @property
    def size(self) -> int | None:
        return self.pager.size

    def page(self, request: Request, number: int) -> Request:
        return Request(request.path, {"number": number})

    def after(self, request: Request, number: int, info: PageInfo, collected: int) -> Request | None:
        named = not self.numbered and number < self.length.pages
        if not named and self.pager.after(self.pager.page(request, number), number, info, collected) is None:
            return None
        return self.page(request, number + 1)

    def with_size(self, size: int) -> Pager:
        return self


class _Immediate(Executor):
    """Runs a task when it is submitted."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future
