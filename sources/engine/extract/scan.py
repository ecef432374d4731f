"""Scans: one list read to its end, page by page, fetched ahead where the pages' numbers are known.

A scan says of itself whether it may be trusted to be whole: deletes are inferred from nothing less.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import Any

import orjson

from fieldhouse.sources.engine.errors import NotFound, Refused, VendorChanged
from fieldhouse.sources.engine.http.client import Client
from fieldhouse.sources.engine.http.pagination import PageInfo, Pager, Request

MOST_PAGES = 1_000_000
RAMP = 8
"""Where nothing tells how long a list is, one more page is asked for ahead after every so many pages."""
STORE = 250
"""So many rows, at most, wait in pages that were read ahead of what can be taken."""
Records = Callable[[Any], list[Any]]


@dataclass
class Page:
    """One page: its records and when it was read, in microseconds since 1970 (UTC)."""

    number: int
    records: list[Any]
    read_at: int
    info: PageInfo


@dataclass
class Verdict:
    """What a scan found out about itself.

    ``pages`` it took, ``beyond`` it asked for in vain; ``shrunk`` where the total fell from one page to the next.
    """

    pages: int = 0
    beyond: int = 0
    collected: int = 0
    total: int | None = None
    shrunk: bool = False
    ended: bool = False
    notes: list[str] = field(default_factory=list)

    @property
    def total_differs(self) -> bool:
        """The vendor's own total is another one than the number of records that came."""
        return self.total is not None and self.total != self.collected


def _print(record: Any) -> bytes:
    """The same bytes for the same record, as the vendor wrote it."""
    try:
        return orjson.dumps(record)
    except TypeError:
        return repr(record).encode(errors="surrogatepass")


def micros() -> int:
    return time.time_ns() // 1000


class Scan:
    """Reads one list. Iterate over it once for its pages; then ``verdict`` tells how it went.

    Args:
        records: a document -> its records; raises ``VendorChanged`` where they are not there.
        pool: where pages are fetched ahead, or None to read them one after the other.
        most: pages in flight at most.
        expected: pages with rows that the last scan found: no page after the next one is asked for beyond these,
            until the list turns out to be longer.
    """

    def __init__(
        self,
        client: Client,
        ask: Request,
        pager: Pager,
        records: Records,
        *,
        pool: Executor | None = None,
        most: int = 1,
        now: Callable[[], int] = micros,
        expected: int | None = None,
    ) -> None:
        self._expected = expected
        self._client, self._ask, self._pager, self._records = client, ask, pager, records
        self._pool, self._most, self._now = pool, most, now
        self.verdict = Verdict()
        self._fingerprints: set[int] = set()
        self._last = self._largest = self._least = 0
        self._short = False

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

    def _fetch(self, ask: Request, number: int) -> Page:
        try:
            document = self._client.get(ask)
        except NotFound:
            if number == 1 or not self._pager.numbered:
                raise
            return Page(number, [], self._now(), PageInfo(0))  # no such page: the list ended before
        records = self._records(document)
        return Page(number, records, self._now(), self._client.api.page_info(document, records))

    def _in_turn(self) -> Iterator[Page]:
        ask: Request | None = self._pager.page(self._ask, 1)
        number = 1
        while ask is not None:
            try:
                page = self._fetch(ask, number)
            except (NotFound, Refused):
                if number == 1 or not self._pager.guesses:
                    raise
                return
            yield page
            ask = self._pager.after(ask, number, page.info, self.verdict.collected)
            number += 1

    def _ahead(self) -> Iterator[Page]:
        """Pages in order, some in flight."""
        assert self._pool is not None
        waiting: deque[Future[Page]] = deque()
        asked = 0
        try:
            while True:
                while len(waiting) < self._depth() and self._wanted(asked):
                    asked += 1
                    waiting.append(self._pool.submit(self._fetch, self._pager.page(self._ask, asked), asked))
                if not waiting:
                    return
                page = waiting.popleft().result()
                yield page
                self._judge(len(page.records))
                here = self._pager.page(self._ask, page.number)
                if self._pager.after(here, page.number, page.info, self.verdict.collected) is None:
                    return
        finally:
            self.verdict.beyond = sum(not future.cancel() for future in waiting)

    def _depth(self) -> int:
        """Pages to have asked for now: every slot where the end is known, else one for every ``RAMP`` taken.

        A page that is shorter than those that others came after may be the last: nothing is asked for ahead until
        the one after it has come. A short list so costs one request more than it needs, a long one few of many.
        Where a total tells the end, some pages are in store besides, so that no slot is idle while pages are compared.
        """
        taken = self.verdict.pages
        if self.verdict.total is not None and taken:
            return self._most + min(3 * self._most, STORE // max(1, self._largest))
        if self._short:
            return 1
        return self._most if taken and (self._expected or 0) >= taken else min(self._most, 1 + taken // RAMP)

    def _judge(self, count: int) -> None:
        """Learn from a page how many rows a page has that is not the last."""
        if count and self._last:
            self._least = min(self._least or self._last, self._last)
        self._last, self._largest = count, max(count, self._largest)
        self._short = count < (self._least or self._pager.size or 0)

    def _wanted(self, asked: int) -> bool:
        """Whether the next page is worth asking for now: beyond the known end only once that is doubted."""
        taken = self.verdict.pages
        if self._expected and taken <= self._expected + 1 and asked > max(self._expected, taken):
            return False
        if self.verdict.total is None or not self._largest:
            return True
        return asked * self._largest < self.verdict.total or asked < taken + 1

    def _take(self, page: Page) -> None:
        verdict = self.verdict
        verdict.pages += 1
        verdict.collected += len(page.records)
        if page.info.total is not None:
            verdict.shrunk |= verdict.total is not None and page.info.total < verdict.total
            verdict.total = page.info.total
        if verdict.pages > MOST_PAGES:
            raise VendorChanged(f"the list does not end after {MOST_PAGES:,} pages")

    def _repeats(self, page: Page) -> bool:
        if not page.records:
            return False
        fingerprint = hash((len(page.records), _print(page.records[0]), _print(page.records[-1])))
        known = fingerprint in self._fingerprints
        self._fingerprints.add(fingerprint)
        return known
