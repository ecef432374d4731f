"""Details: one read per record for the fields that a list lacks, in parallel and bounded.

A first read of many details has a checkpoint, from which it can be resumed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from fieldhouse.sources.engine.changes.lookback import Lookback
from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.engine.changes.records import Matched
from fieldhouse.sources.engine.changes.table_state import TableState
from fieldhouse.sources.engine.errors import Denied, NotFound, SourceError, TryLater, VendorChanged
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
        united: list row and detail in one record.
        read_at: when the detail was read, in microseconds since 1970 (UTC).
    """

    wanted: Wanted
    united: Record
    read_at: int


class DetailReader:
    """Reads the details of one table's records through ``client``.

    Attributes:
        denied: refusals of single details.
    """

    def __init__(self, run: Run, table: Table, client: Client) -> None:
        assert table.detail is not None
        self._run, self._table, self._client = run, table, client
        self.detail = table.detail
        self.denied: list[Denied] = []
        self._answered = False

    def fetch(self, wanted: Sequence[Wanted]) -> Iterator[Detailed]:
        """The details of some rows.

        A record that vanished between list and detail gives nothing: the next scan finds it gone. One whose detail
        the key may not read gives nothing either and is added to ``denied``.

        Raises:
            Denied: none of the first few details may be read: the right to read any is missing.
            TryLater: one could not be read now; no more were requested, and those that came were given.
        """
        batches = self._submit(wanted)
        failed: TryLater | None = None
        try:
            for batch, future in batches:
                try:
                    documents, read_at = future.result()
                except CancelledError:
                    continue
                except TryLater as error:
                    failed = failed or error
                    _cancel(batches)
                    continue
                yield from self._detailed(batch, documents, read_at)
            if failed:
                raise failed
        finally:
            _cancel(batches)

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
        return self._client.get_many(requests), self._run.now()

    def _detailed(
        self, batch: Sequence[Wanted], documents: Sequence[Any], read_at: int
    ) -> Iterator[Detailed]:
        for wanted, document in zip(batch, documents, strict=True):
            if isinstance(document, Denied) and self.detail.every == "change":
                self._refused(document)
                continue
            self._answered = True
            united = self._united(wanted.row.record, document)
            if united is not None:
                yield Detailed(wanted, united, read_at)

    def _refused(self, denied: Denied) -> None:
        self.denied.append(denied)
        if not self._answered and len(self.denied) >= FIRST_FEW:
            raise denied

    def _united(self, record: Record, document: Any) -> Record | None:
        if isinstance(document, NotFound):
            return record if self.detail.every == "sync" else None
        if isinstance(document, Denied) and self.detail.every == "sync":
            return record
        if isinstance(document, SourceError):
            raise document
        if not isinstance(document, dict):
            raise VendorChanged(f"{self.detail.path} answered {type(document).__name__}, not an object")
        return {**record, **document}


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
