"""Which requests a table needs: its reads, windows and parents, turned into scans and run.

Everything here yields ``Piece``s: some records, when they were read, and what is stamped on them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from fieldhouse.sources.engine.changes.cursor_time import FAR_FUTURE
from fieldhouse.sources.engine.errors import Denied, NoSuchRead, NotFound, Refused, SourceError, VendorChanged
from fieldhouse.sources.engine.http.pagination import GoingOn, Pager, Request
from fieldhouse.sources.engine.spec.table import ByKey, Part, PerParent, Table, Window

from .run import Outcome, Run
from .scan import Page, Scan, Verdict

DAY = timedelta(days=1)
END_OF_DAYS = datetime(2199, 12, 31, tzinfo=UTC)


@dataclass
class Piece:
    """Records of one page, with the stamp of the read they belong to and that read's place in the union."""

    records: list[Any]
    read_at: int
    stamp: Mapping[str, Any] = field(default_factory=dict)
    priority: int = 0


@dataclass
class ScanSummary:
    """What the scans of a table found out: whether its rows are all there, which parents there are, and which of
    these could not be read."""

    verdicts: list[Verdict] = field(default_factory=list)
    unread_parents: set[str] = field(default_factory=set)
    parents: set[str] | None = None
    paged: bool = False

    @property
    def total_differs(self) -> bool:
        return any(verdict.total_differs for verdict in self.verdicts)

    @property
    def has_totals(self) -> bool:
        return bool(self.verdicts) and all(verdict.total is not None for verdict in self.verdicts)

    @property
    def shrunk(self) -> bool:
        return any(verdict.shrunk for verdict in self.verdicts)


class TableRequests:
    """Runs the scans of one table. ``summary`` fills while pieces are taken.

    ``client`` counts the table's requests; ``once`` those that the next run need not repeat although nothing changes.
    """

    def __init__(self, run: Run, table: Table, outcome: Outcome) -> None:
        self.run, self.table, self.outcome = run, table, outcome
        self.pager: Pager = table.pager or run.vendor.pager
        self.summary = ScanSummary()
        kept = run.states.get(table.name, {})
        self.ordered = run.options.full or not kept.get("unordered")
        self.client = run.client.counting(outcome.counter)
        self.once = run.client.counting(outcome.counter, repeatable=False)

    def records(self, document: Any) -> list[Any]:
        """The records of a document, or ``VendorChanged`` with the shape that came instead."""
        where = self.table.records
        found = (
            where(document)
            if callable(where)
            else document.get(where)
            if where and isinstance(document, Mapping)
            else document
        )
        if isinstance(found, list):
            return found
        shape = (
            f"an object with {', '.join(sorted(map(str, document))[:8])}"
            if isinstance(document, Mapping)
            else type(document).__name__
        )
        raise VendorChanged(
            f"{self.table.path} answered {shape}, not a list{f' in {where!r}' if isinstance(where, str) else ''}"
        )

    def scan(self, ask: Request, pager: Pager | None = None, expected: int | None = None) -> Scan:
        scan = Scan(
            self.client,
            ask,
            pager or self.pager,
            self.records,
            pool=self.run.pool,
            most=self.run.max_concurrency,
            now=self.run.now,
            expected=expected,
        )
        self.summary.verdicts.append(scan.verdict)
        return scan

    def everything(self) -> Iterator[Piece]:
        """Every row of the table, unfiltered."""
        self.summary = ScanSummary()
        pages = self.run.states.get(self.table.name, {}).get("cost", {}).get("pages", [])
        for rank, (base, read) in enumerate(self.list_requests()):
            if self.table.window:
                yield from self._windows(base, read, rank)
            elif self.table.per_parent:
                yield from self._per_parent(base, read, rank, self.table.per_parent)
            else:
                yield from self._pages(base, read, rank, pages[rank] if rank < len(pages) else None)

    def list_requests(self) -> Iterator[tuple[Request, Part]]:
        """The unfiltered list, once for every read of the table."""
        for read in self.table.parts:
            ask = Request(read.path or self.table.path, self.table.params).having(read.params)
            yield ask.having(self.table.order if self.ordered else {}), read

    def change_requests(self, cursor: datetime) -> Iterator[tuple[Request, Part]]:
        """What is asked for changes since ``cursor``: every stream of the feed, for every read of the table."""
        since = self.table.incremental
        assert since is not None
        for read in self.table.parts:
            for stream in since.streams:
                yield self._since(cursor, read).having(stream), read

    def _since(self, cursor: datetime, read: Part) -> Request:
        since = self.table.incremental
        assert since is not None
        ask = Request(since.path or self.table.path, self.table.params).having(read.params)
        return ask.having(since.params(cursor)).having(since.order if self.ordered else {})

    def is_filter_honoured(self) -> bool:
        """Ask with a cursor that no row can reach: any row in the answer means that the filter is ignored.

        A refusal means so too, once the request is refused without an order, and also of a change feed of its own:
        whether a right is missing, the list shows. An answer that is not understood, a login page say, means nothing
        and stops the table.
        """
        since = self.table.incremental
        assert since is not None
        try:
            return self.has_no_changes_since(FAR_FUTURE)
        except since.refusals as error:
            if not isinstance(error, Refused):
                self.outcome.note(f"the filter could not be proven: {error}")
                return False
            if not (self.ordered and since.order):
                return False
        self.ordered = False
        return self.is_filter_honoured()

    def has_no_changes_since(self, cursor: datetime) -> bool:
        """The vendor has no row that changed at or after ``cursor``, by the first page of its filter."""
        ask = self.pager.page(self._since(cursor, self.table.parts[0]), 1)
        found = self.records(self.once.get(ask))
        if found and not any(isinstance(record, dict) for record in found):
            raise VendorChanged(f"{ask.path} answered a list of {type(found[0]).__name__}, not of records")
        return not found

    def changed_since(self, cursor: datetime) -> Iterator[Piece]:
        """Rows that the filter returns for ``cursor``."""
        self.summary = ScanSummary()
        for ask, read in self.change_requests(cursor):
            for piece in self._pages(ask, read, 0):
                yield from self._in_full(piece, read)

    def _in_full(self, piece: Piece, read: Part) -> Iterator[Piece]:
        """The rows of a feed as the list shows them: the feed may give fewer columns, and so would empty them."""
        records = [record for record in piece.records if isinstance(record, dict)]
        some = next(
            (
                how
                for field, how in self.table.missing_lists.items()
                if isinstance(how, ByKey) and not all(field in record for record in records)
            ),
            None,
        )
        if some is None:
            yield piece
            return
        keys = [str(record[self.table.key[0]]) for record in records if self.table.key[0] in record]
        for chunk in _chunks(keys, some.keys_per_request):
            ask = Request(read.path or self.table.path, self.table.params).having(read.params)
            yield from self._pages(ask.having(some.params(chunk)), read, piece.priority)

    def between(self, first: datetime, last: datetime) -> Iterator[Piece]:
        """The rows of one window of dates, for a backfill."""
        assert self.table.window is not None
        self.summary = ScanSummary()
        for rank, read in enumerate(self.table.parts):
            base = Request(read.path or self.table.path, self.table.params).having(read.params)
            yield from self._window(base, read, rank, self.table.window, first, last)

    def page_again(self, ask: Request, number: int) -> list[Any]:
        """The records that page ``number`` of a list holds now."""
        return self.records(self.client.get(self.pager.page(ask, number)))

    def _pages(self, ask: Request, read: Part, rank: int, expected: int | None = None) -> Iterator[Piece]:
        scan, before = self.scan(ask, expected=expected), self.outcome.rows_read
        for page in scan:
            self.summary.paged = self.summary.paged or page.number > 1
            if page.info.total is not None:
                self.outcome.total = before + page.info.total
            yield Piece(page.records, page.read_at, read.stamp, rank)

    def _windows(self, base: Request, read: Part, rank: int) -> Iterator[Piece]:
        window = self.table.window
        assert window is not None
        for start, end in self.spans(window):
            yield from self._window(base, read, rank, window, start, end)
        unsettled: set[str] = set()
        for also in window.also:
            for piece in self._pages(base.having(also), read, rank):
                unsettled |= self._keys(piece.records)
                yield piece
        yield from self._settled_since(base, read, rank, window, unsettled)

    def _settled_since(
        self, base: Request, read: Part, rank: int, window: Window, unsettled: set[str]
    ) -> Iterator[Piece]:
        """Rows of before the first window that were unsettled when they were read, and no longer are."""
        key, memory = self.table.key[0], self.run.known_rows
        if not window.unsettled or not window.field:
            return
        held = memory.values(self.table.name, key, (window.unsettled, None))
        settled = {str(value) for value in held} - unsettled
        if not settled:
            return
        known = memory.known(self.table, pa.table({key: sorted(settled)}), [window.field])
        for day in sorted({str(value)[:10] for value in known.column(window.field).to_pylist()}):
            try:
                middle = datetime.fromisoformat(day).replace(tzinfo=UTC)
            except ValueError:  # a row without a date: it lies in no window
                continue
            if middle >= self.first_day():
                continue
            for piece in self._window(base, read, rank, window, middle - DAY, middle + DAY):
                wanted = [record for record in piece.records if self._keys([record]) & settled]
                yield replace(piece, records=wanted)

    def _keys(self, records: Sequence[Any]) -> set[str]:
        key = self.table.key[0]
        return {str(record.get(key)) for record in records if isinstance(record, dict)}

    def spans(self, window: Window) -> list[tuple[datetime, datetime]]:
        """The days that windowed reads cover: those of backfills, up to some way ahead, and everything after that."""
        today = self.run.server_time.now.replace(hour=0, minute=0, second=0, microsecond=0)
        first = self.first_day()
        edge = max(today + window.ahead, first)
        earlier = [(start, min(end, first - DAY)) for start, end in self.backfilled if start < first]
        return [*earlier, (first, edge), (edge + DAY, END_OF_DAYS)]

    @property
    def backfilled(self) -> list[tuple[datetime, datetime]]:
        """The days before the first window that backfills have read: from then on, every scan covers them too."""
        kept = self.run.states.get(self.table.name, {}).get("windows", [])
        return [(datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in kept]

    def covers(self, day: str) -> bool:
        """Whether windowed reads cover a day, ``2026-11-02``."""
        earlier = any(f"{start:%Y-%m-%d}" <= day <= f"{end:%Y-%m-%d}" for start, end in self.backfilled)
        return earlier or day >= f"{self.first_day():%Y-%m-%d}"

    def first_day(self) -> datetime:
        """The first day that windowed reads cover: kept from the first run on, so that rows do not drop out."""
        kept = self.run.states.get(self.table.name, {}).get("from")
        wanted = self.run.options.start_date
        if kept:
            earliest = datetime.fromisoformat(kept)
            return min(earliest, wanted) if wanted else earliest
        return wanted or (self.run.server_time.now - timedelta(days=731)).replace(
            hour=0, minute=0, second=0, microsecond=0
        )

    def _window(
        self, base: Request, read: Part, rank: int, window: Window, first: datetime, last: datetime
    ) -> Iterator[Piece]:
        """One window, halved while it does not fit one page: only then it is sure to be whole."""
        ask = base.having(window.params(first, last))
        scan = self.scan(ask)
        pages = iter(scan)
        page = next(pages, None)
        if page is None:
            return
        if not page.info.next or last - first < DAY:
            yield Piece(page.records, page.read_at, read.stamp, rank)
            for later in pages:
                self.summary.paged = True
                yield Piece(later.records, later.read_at, read.stamp, rank)
            return
        self.summary.verdicts.remove(scan.verdict)
        for start, end in split_window(first, last, page):
            yield from self._window(base, read, rank, window, start, end)

    def _per_parent(self, base: Request, read: Part, rank: int, each: PerParent) -> Iterator[Piece]:
        parents = self._parents(each)
        self.summary.parents = set(map(str, parents))
        yield from self.of_parents(base, read, rank, each, parents)
        if each.flagged_too:
            yield from self._of_flagged(base, read, rank, each)

    def _of_flagged(self, base: Request, read: Part, rank: int, each: PerParent) -> Iterator[Piece]:
        """The rows of parents that the vendor calls deleted. A vendor that has none, or refuses them, says so too."""
        for chunk in _chunks(self.flagged_parents(each), each.parents_per_request):
            scan = self.scan(base.having(each.params([str(key) for key in chunk])))
            try:
                for page in scan:
                    yield Piece(page.records, page.read_at, read.stamp, rank)
            except (Denied, NotFound, NoSuchRead, Refused):
                self.summary.verdicts.remove(scan.verdict)

    def flagged_parents(self, each: PerParent) -> list[Any]:
        """The keys of parents that the vendor calls deleted: by the warehouse, overlaid with what this run has read."""
        parent = self.run.vendor.table(each.parent)
        if parent.flag is None:
            return []
        known = self.run.known_rows.known(parent, None, [parent.flag])
        flags = dict(
            zip(known.column(parent.key[0]).to_pylist(), known.column(parent.flag).to_pylist(), strict=True)
        )
        for key, row in self.run.parent_records.get(each.parent, {}).items():
            flags[key] = row.get("flagged", False)
        return sorted((key for key, flag in flags.items() if flag), key=str)

    def of_parents(
        self, base: Request, read: Part, rank: int, each: PerParent, parents: Sequence[Any]
    ) -> Iterator[Piece]:
        """The rows of some parents."""
        chunks = _chunks(parents, each.parents_per_request)
        for group in _chunks(chunks, each.batch_size * max(1, self.run.max_concurrency) * 4):
            futures: list[tuple[list[list[Any]], Future[list[Page | SourceError]]]] = []
            for batch in _chunks(group, each.batch_size):
                asks = [
                    self.pager.page(base.having(each.params([str(k) for k in chunk])), 1) for chunk in batch
                ]
                futures.append((batch, self.run.pool.submit(self._together, asks)))
            for batch, future in futures:
                answers = future.result()
                self._refuse_denied(answers)
                for chunk, answer in zip(batch, answers, strict=True):
                    for parents, said in self._apart(base, each, chunk, answer):
                        yield from self._of_parent(base, read, rank, each, parents, said)
        if unread := sorted(self.summary.unread_parents):
            self.outcome.note(
                f"not readable for {len(unread)} {each.parent}, such as {', '.join(unread[:3])}"
            )

    def _apart(
        self, base: Request, each: PerParent, chunk: list[Any], answer: Page | SourceError
    ) -> Iterator[tuple[list[Any], Page | SourceError]]:
        """What was said of some parents: where one of several stands in the way of the others, of each alone."""
        if len(chunk) == 1 or not isinstance(answer, (NotFound, Denied)):
            yield chunk, answer
            return
        for key in chunk:
            (alone,) = self._together([self.pager.page(base.having(each.params([str(key)])), 1)])
            yield [key], alone

    def _refuse_denied(self, answers: Sequence[Page | SourceError]) -> None:
        """Where nothing at all can be read, a right is missing; one refused parent may just be gone."""
        denied = [answer for answer in answers if isinstance(answer, Denied)]
        if denied and len(denied) == len(answers) and not self.summary.verdicts:
            raise denied[0]

    def _parents(self, each: PerParent) -> list[Any]:
        """The keys of the parent's rows: those in the warehouse, overlaid with what this run has read."""
        self.run.needs(each.parent)
        parent = self.run.vendor.table(each.parent)
        fresh = self.run.parent_records.get(each.parent, {})
        known = self.run.known_rows.values(each.parent, parent.key[0], each.where)
        wanted = [key for key in known if key not in fresh]
        for key, row in fresh.items():
            if row.get("gone"):
                continue
            if each.where is None or row.get("matches", {}).get(each.where[0]) == each.where[1]:
                wanted.append(key)
        return sorted(set(wanted), key=str)

    def _together(self, asks: Sequence[Request]) -> list[Page | SourceError]:
        """First pages of several reads, in one batch request where the vendor has it."""
        documents = self.client.get_many(asks)
        pages: list[Page | SourceError] = []
        for document in documents:
            if isinstance(document, SourceError):
                pages.append(document)
                continue
            records = self.records(document)
            pages.append(Page(1, records, self.run.now(), self.client.api.page_info(document, records)))
        return pages

    def _of_parent(
        self,
        base: Request,
        read: Part,
        rank: int,
        each: PerParent,
        chunk: list[Any],
        answer: Page | SourceError,
    ) -> Iterator[Piece]:
        if isinstance(answer, NotFound):
            return
        if isinstance(answer, Denied):
            self.summary.unread_parents.update(map(str, chunk))
            return
        if isinstance(answer, SourceError):
            raise answer
        stamp = {**read.stamp, **({each.stamp: chunk[0]} if each.stamp and len(chunk) == 1 else {})}
        verdict = Verdict(pages=1, collected=len(answer.records), ended=True)
        self.summary.verdicts.append(verdict)
        if answer.records:
            yield Piece(answer.records, answer.read_at, stamp, rank)
        ask = self.pager.page(base.having(each.params([str(key) for key in chunk])), 1)
        following = self.pager.after(ask, 1, answer.info, len(answer.records))
        if answer.info.next is None or following is None:
            return
        for page in Scan(
            self.client,
            following,
            GoingOn(self.pager),
            self.records,
            now=self.run.now,
        ):
            self.summary.paged = True
            yield Piece(page.records, page.read_at, stamp, rank)


def _chunks(values: Sequence[Any], size: int) -> list[list[Any]]:
    return [list(values[index : index + size]) for index in range(0, len(values), max(1, size))]


def split_window(first: datetime, last: datetime, page: Page) -> list[tuple[datetime, datetime]]:
    """The windows into which one is split that does not fit ``page``, its first."""
    fits = max(1, int(len(page.records) * 0.8))
    return list(_split(first, last, max(2, -(-(page.info.total or 0) // fits))))


def _split(first: datetime, last: datetime, parts: int) -> Iterator[tuple[datetime, datetime]]:
    """``first`` to ``last`` (both inclusive, in days) in at most ``parts`` neighbouring windows."""
    days = (last - first).days + 1
    size = max(1, -(-days // parts))
    start = first
    while start <= last:
        end = min(last, start + DAY * (size - 1))
        yield start, end
        start = end + DAY
