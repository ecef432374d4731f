"""Details: one read per record for the fields that a list lacks, in parallel and bounded.

A first read of many details has a checkpoint, from which it can be resumed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from fieldhouse.sources.engine.changes.lookback import Lookback
from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.engine.changes.records import Matched, RecordPage
from fieldhouse.sources.engine.changes.table_state import TableState
from fieldhouse.sources.engine.errors import (
    Denied,
    DetailDenied,
    DetailMissing,
    DetailUnproven,
    NoSuchRead,
    NotFound,
    SourceError,
    TryLater,
    VendorChanged,
)
from fieldhouse.sources.engine.extract.run import Run
from fieldhouse.sources.engine.http.client import Client
from fieldhouse.sources.engine.http.pagination import Request
from fieldhouse.sources.engine.spec.reads import Record
from fieldhouse.sources.engine.spec.table import Table

from .change_feed import ChangeFeed

FIRST_FEW = 3
"""If this many details are refused and none was read, no more are requested."""


RESUMABLE = 100
"""A first read of this many details or more is worth a checkpoint."""


class Wanted(NamedTuple):
    """A row whose detail is to be read, and the hash of its list row."""

    row: Matched
    list_hash: int


@dataclass(frozen=True)
class Detailed:
    """A row with its detail.

    Attributes:
        united: list row and detail in one record; None if no detail came that proves itself.
        read_at: when the detail was read, in microseconds since 1970 (UTC).
        not_found: the vendor has no such detail: the row may have vanished since its list page was read.
    """

    wanted: Wanted
    united: Record | None
    read_at: int
    not_found: NotFound | None = None


class DetailReader:
    """Reads the details of one table's records through ``client``.

    Args:
        key_of: the key hashes of a page's records, and whether all of them have a key.

    Attributes:
        failed: why single details could not be read.
    """

    def __init__(
        self, run: Run, table: Table, client: Client, key_of: Callable[[RecordPage], tuple[list[int], bool]]
    ) -> None:
        assert table.detail is not None
        self._run, self._table, self._client, self._key_of = run, table, client, key_of
        self.detail = table.detail
        self.failed: list[SourceError] = []
        self._answered = False
        self._denied: list[Denied] = []

    def fetch(self, wanted: Sequence[Wanted]) -> Iterator[Detailed]:
        """The details of some rows, in their order.

        A detail proves itself by the key of the row that it was requested for. What does not, gives a row without a
        detail, and the reason is added to ``failed``. If none of the first few may be read, the right to read any is
        missing and no more are requested.

        Raises:
            TryLater: one could not be read now; no more were requested, and those that came were given.
        """
        batches = self._submit(wanted)
        unreachable: TryLater | None = None
        try:
            for batch, future in batches:
                try:
                    documents, read_at = future.result()
                except CancelledError:
                    if unreachable is None:
                        yield from (Detailed(entry, None, self._run.now()) for entry in batch)
                    continue
                except TryLater as error:
                    unreachable = unreachable or error
                    _cancel(batches)
                    continue
                for entry, document in zip(batch, documents, strict=True):
                    if isinstance(document, TryLater):
                        unreachable = unreachable or document
                        continue
                    if isinstance(document, NotFound):
                        yield Detailed(entry, None, read_at, document)
                        continue
                    yield Detailed(entry, self._united(entry.row, document), read_at)
            if unreachable:
                raise unreachable
        finally:
            _cancel(batches)

    def refuse_incomplete(self) -> None:
        """Report rows without a detail: what was read is loaded, and the next sync asks for them again.

        Raises:
            DetailDenied, DetailUnproven, DetailMissing: the gravest of the reasons.
        """
        if not self.failed:
            return
        denied = [error for error in self.failed if isinstance(error, (Denied, NoSuchRead))]
        missing = [error for error in self.failed if isinstance(error, NotFound)]
        count, rows = f"{len(self.failed):,}", "the rows are loaded as the list shows them"
        if denied:
            what, step = denied[0].what, denied[0].do
            raise DetailDenied(f"{count} details may not be read, such as: {what}; {rows}", do=step)
        if len(missing) < len(self.failed):
            why = next(error for error in self.failed if error not in missing)
            raise DetailUnproven(
                f"{count} details did not come as requested, such as: {why.what}; {rows}, what was known stays",
                do="The next sync asks again; if it stays, the vendor's answer has to be looked at.",
            )
        raise DetailMissing(
            f"{count} details were not found, of rows that the list shows; {rows}",
            do="The next sync asks again.",
        )

    def _submit(
        self, wanted: Sequence[Wanted]
    ) -> list[tuple[Sequence[Wanted], Future[tuple[list[Any], int]]]]:
        size = self.detail.batch_size
        batches = [wanted[start : start + size] for start in range(0, len(wanted), size)]
        return [
            (
                batch,
                self._run.pool.submit(self._read, [self._request_for(entry.row.record) for entry in batch]),
            )
            for batch in batches
        ]

    def _request_for(self, record: Mapping[str, Any]) -> Request:
        try:
            return Request(self.detail.path.format_map(record), self.detail.params(dict(record)))
        except KeyError as missing:
            raise VendorChanged(
                f"a record of {self._table.name} has no {missing}, which its detail needs"
            ) from None

    def _read(self, requests: Sequence[Request]) -> tuple[list[Any], int]:
        """The answer to each request; an error stands for one that failed, also if all of a batch failed.

        Raises:
            CancelledError: the right to read any is missing. It is decided here and not where the answers are taken,
                which may be far behind.
        """
        if self._is_right_missing():
            raise CancelledError
        answers: list[Any]
        try:
            answers = self._client.get_many(requests)
        except (Denied, NotFound, NoSuchRead, VendorChanged) as error:
            answers = [error] * len(requests)
        self._denied += [answer for answer in answers if isinstance(answer, Denied)]
        self._answered |= not all(isinstance(answer, SourceError) for answer in answers)
        return answers, self._run.now()

    def _united(self, row: Matched, document: Any) -> Record | None:
        """List row and detail in one record; None if the answer is not the detail of the row."""
        if isinstance(document, SourceError):
            self.failed.append(document)
            return None
        if isinstance(document, dict) and document and self._is_of(row, document):
            return {**row.record, **document}
        answer = "another record" if isinstance(document, dict) and document else type(document).__name__
        self.failed.append(VendorChanged(f"{self.detail.path} answered {answer}, not the record requested"))
        return None

    def _is_of(self, row: Matched, document: Record) -> bool:
        """True if a detail has the key of a row: in the same words, or once it is reshaped and normalized."""
        if all(_is_same(row.record.get(column), document.get(column)) for column in self._table.key):
            return True
        return self._key_of(RecordPage([document], 0)) == ([row.key_hash], True)

    def _is_right_missing(self) -> bool:
        return not self._answered and len(self._denied) >= FIRST_FEW


def _is_same(left: Any, right: Any) -> bool:
    """True for two equal integers or texts that are not empty."""
    return type(left) is type(right) and type(left) in (int, str) and left != "" and bool(left == right)


def _cancel(batches: Sequence[tuple[Any, Future[Any]]]) -> None:
    for _, future in batches:
        future.cancel()


class Checkpoint:
    """Notes the checkpoint of one table's first read in its outcome."""

    def __init__(
        self, feed: ChangeFeed | None, lookback: Lookback, state: TableState, outcome: Outcome
    ) -> None:
        self._feed, self._lookback, self._state, self._outcome = feed, lookback, state, outcome

    def note_before(self, details: int, *, cursor_known: bool) -> None:
        """Before many details are read for the first time, note the newest change that the vendor has.

        Args:
            cursor_known: a cursor was stored or seen: this is no first read.
        """
        outcome = self._outcome
        if cursor_known or outcome.checkpoint is not None or details < RESUMABLE:
            return
        if self._feed is None or not outcome.filter_proven:
            return
        newest = self._feed.newest()
        if newest is not None:
            outcome.checkpoint = replace(
                self._state.with_cursor(
                    newest,
                    server_time=self._lookback.server_time,
                    local_time=self._lookback.local_time,
                    read_seconds=self._state.read_seconds,
                ),
                initial_load_from=outcome.started_at,
            )
