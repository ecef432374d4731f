"""Scans: read one list to its end, page by page; pages that are requested by number are fetched ahead.

A scan reports of itself what shows whether it is complete; deletes are inferred from nothing less.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from math import ceil
from typing import Any

import orjson

from fieldhouse.sources.engine.changes.records import ScanVerdict
from fieldhouse.sources.engine.errors import NotFound, Refused, VendorChanged
from fieldhouse.sources.engine.http.client import Client
from fieldhouse.sources.engine.http.pagination import PageInfo, Pager, Request

MOST_PAGES = 20_000
"""Pages of a list; more are read only if its total, or the last scan, indicates more."""
GROWTH = 2
"""How many times the pages that were expected a list may have before it counts as endless."""
RAMP = 8
"""In a list of unknown length, one more page is fetched ahead after this many pages."""
MOST_EMPTY = 3
"""Empty pages in a row that are passed over if the total states rows after them: rights or filters empty a page."""
WAITING_ROWS = 250
"""Up to this many rows wait in pages that were fetched ahead of what can be taken."""
Records = Callable[[Any], list[Any]]


@dataclass
class Page:
    """One page: its records and when it was read, in microseconds since 1970 (UTC)."""

    number: int
    records: list[Any]
    read_at: int
    info: PageInfo


def _bytes_of(record: Any) -> bytes:
    """The same bytes for the same record, as the vendor sent it."""
    try:
        return orjson.dumps(record)
    except TypeError:
        return repr(record).encode(errors="surrogatepass")


def micros() -> int:
    """Microseconds since 1970 (UTC), by our clock."""
    return time.time_ns() // 1000


class Scan:
    """Reads one list. Iterate over it once for its pages; then ``verdict`` shows how it went.

    Args:
        records: a document -> its records; raises ``VendorChanged`` if it holds none.
        pool: where pages are fetched ahead, or None to read them one after the other.
        most: the largest number of pages in flight.
        expected: pages with rows in the last scan: only one page after these is requested, until the list turns
            out to be longer.
    """

    def __init__(
        self,
        client: Client,
        request: Request,
        pager: Pager,
        records: Records,
        *,
        pool: Executor | None = None,
        most: int = 1,
        now: Callable[[], int] = micros,
        expected: int | None = None,
    ) -> None:
        self._expected = expected
        self._client, self._request, self._pager, self._records = client, request, pager, records
        self._pool, self._most, self._now = pool, most, now
        self.verdict = ScanVerdict()
        self._fingerprints: set[int] = set()
        self._last = self._largest = self._least = self._empty = 0
        self._short, self._first_total = False, 0

    def __iter__(self) -> Iterator[Page]:
        pages = self._ahead() if self._pager.numbered and self._pool and self._most > 1 else self._in_turn()
        for page in pages:
            if self._repeats(page):
                if self._pager.guesses:
                    break
                raise VendorChanged(
                    f"page {page.number} repeats an earlier page: the vendor ignores the page parameter",
                    do="Nothing of this table was taken for complete; ask the vendor or open an issue.",
                )
            self._take(page)
            if page.records:
                yield page
        self.verdict.ended = True

    def _fetch(self, request: Request, number: int) -> Page:
        try:
            document = self._client.get(request)
        except NotFound:
            if number == 1 or not self._pager.numbered:
                raise
            return Page(number, [], self._now(), PageInfo(0))  # no such page: the list has ended
        records = self._records(document)
        return Page(number, records, self._now(), self._client.api.page_info(document, records))

    def _in_turn(self) -> Iterator[Page]:
        request: Request | None = self._pager.page(self._request, 1)
        number = 1
        while request is not None:
            try:
                page = self._fetch(request, number)
            except (NotFound, Refused):
                if number == 1 or not self._pager.guesses:
                    raise
                return
            yield page
            request = self._after(request, page)
            number += 1

    def _ahead(self) -> Iterator[Page]:
        """Pages in order, some in flight."""
        assert self._pool is not None
        waiting: deque[Future[Page]] = deque()
        requested = 0
        try:
            while True:
                while len(waiting) < self._depth() and self._is_wanted(requested):
                    requested += 1
                    waiting.append(
                        self._pool.submit(self._fetch, self._pager.page(self._request, requested), requested)
                    )
                if not waiting:
                    return
                page = waiting.popleft().result()
                yield page
                self._judge(len(page.records))
                here = self._pager.page(self._request, page.number)
                if self._after(here, page) is None:
                    return
        finally:
            self.verdict.beyond = sum(not future.cancel() for future in waiting)

    def _after(self, request: Request, page: Page) -> Request | None:
        """The request after a page; an empty one ends the list unless it is in the middle of what the total states."""
        following = self._pager.after(request, page.number, page.info, self.verdict.collected)
        if following is not None or page.records or not self._pager.numbered:
            return following
        before_end = page.number * (self._pager.size or self._largest) < (self.verdict.total or 0)
        is_passed = page.number > 1 and before_end and self._empty <= MOST_EMPTY
        return self._pager.page(request, page.number + 1) if is_passed else None

    def _depth(self) -> int:
        """Pages to have requested now: every slot if the end is known, else one for every ``RAMP`` taken.

        A page that is shorter than those that others followed may be the last: nothing is fetched ahead until the
        one after it has come. So a short list costs one request more than it needs, a long one few of many. If a
        total states the end, some more pages wait, so that no slot is idle while pages are compared.
        """
        taken = self.verdict.pages
        if self.verdict.total is not None and taken:
            return self._most + min(3 * self._most, WAITING_ROWS // max(1, self._largest))
        if self._short:
            return 1
        return self._most if taken and (self._expected or 0) >= taken else min(self._most, 1 + taken // RAMP)

    def _judge(self, count: int) -> None:
        """Learn from a page how many rows a page has that is not the last."""
        if count and self._last:
            self._least = min(self._least or self._last, self._last)
        self._last, self._largest = count, max(count, self._largest)
        self._short = count < (self._least or self._pager.size or 0)

    def _is_wanted(self, requested: int) -> bool:
        """True if the next page is worth a request now: past the known end only once that end is doubtful."""
        taken = self.verdict.pages
        if self._expected and taken <= self._expected + 1 and requested > max(self._expected, taken):
            return False
        if self.verdict.total is None or not self._largest:
            return True
        return requested * self._largest < self.verdict.total or requested < taken + 1

    def _take(self, page: Page) -> None:
        verdict = self.verdict
        verdict.pages += 1
        verdict.collected += len(page.records)
        verdict.empty_between |= bool(page.records) and 0 < self._empty < page.number - 1
        self._empty = 0 if page.records else self._empty + 1
        if page.info.total is not None:
            self._first_total = self._first_total or page.info.total
            verdict.shrunk |= verdict.total is not None and page.info.total < verdict.total
            verdict.total = page.info.total
        if verdict.pages > self._most_pages():
            raise VendorChanged(
                f"the list does not end: {verdict.pages:,} pages with {verdict.collected:,} rows were read",
                do="Nothing was marked deleted. Ask the vendor, or leave the table out with the setting 'tables'.",
            )

    def _most_pages(self) -> int:
        """Pages after which the list counts as endless."""
        stated = ceil(self._first_total / max(1, self._largest))
        return max(MOST_PAGES, GROWTH * max(stated, self._expected or 0))

    def _repeats(self, page: Page) -> bool:
        if not page.records:
            return False
        fingerprint = hash((len(page.records), _bytes_of(page.records[0]), _bytes_of(page.records[-1])))
        known = fingerprint in self._fingerprints
        self._fingerprints.add(fingerprint)
        return known
