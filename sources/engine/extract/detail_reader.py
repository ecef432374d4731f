"""Details: one read per record for the fields that a list lacks, fanned out and bounded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from typing import Any, TypeVar

from fieldhouse.sources.engine.errors import Denied, NotFound, SourceError, TryLater, VendorChanged
from fieldhouse.sources.engine.http.client import Client
from fieldhouse.sources.engine.http.pagination import Request
from fieldhouse.sources.engine.spec.table import Record, Table

from .run import Run

Wanted = TypeVar("Wanted", bound=tuple[Any, ...])


FIRST_FEW = 3
"""When so many details are refused and none was read, no more are asked for."""


class DetailReader:
    """Fetches the details of one table's records through ``client``."""

    def __init__(self, run: Run, table: Table, client: Client) -> None:
        assert table.detail is not None
        self.run, self.table, self.detail, self.client = run, table, table.detail, client
        self.denied: list[Denied] = []
        self._answered = False

    def request_for(self, record: Mapping[str, Any]) -> Request:
        try:
            return Request(self.detail.path.format_map(record), self.detail.params(dict(record)))
        except KeyError as missing:
            raise VendorChanged(
                f"a record of {self.table.name} has no {missing}, which its detail needs"
            ) from None

    def fetch(self, wanted: Sequence[Wanted]) -> Iterator[tuple[Wanted, Record, int]]:
        """For each wanted entry (its record first): the entry, list row and detail united, and when it was read.

        A record that vanished between list and detail gives nothing: the next scan finds it gone. One whose detail
        the key may not read gives nothing either and stands in ``denied``.

        Raises:
            Denied: none of the first few details may be read: the right to read any is missing.
            TryLater: one could not be read now; no more were asked for, and those that came were given.
        """
        size = self.detail.batch_size
        futures: list[tuple[Sequence[Wanted], Future[tuple[list[Any], int]]]] = []
        for start in range(0, len(wanted), size):
            batch = wanted[start : start + size]
            futures.append(
                (batch, self.run.pool.submit(self._together, [self.request_for(entry[0]) for entry in batch]))
            )
        failed: TryLater | None = None
        try:
            for batch, future in futures:
                try:
                    documents, read_at = future.result()
                except CancelledError:
                    continue
                except TryLater as error:
                    failed = failed or error
                    _cancel(futures)
                    continue
                for entry, document in zip(batch, documents, strict=True):
                    if isinstance(document, Denied) and self.detail.every == "change":
                        self._refused(document)
                        continue
                    self._answered = True
                    united = self._united(entry[0], document)
                    if united is not None:
                        yield entry, united, read_at
            if failed:
                raise failed
        finally:
            _cancel(futures)

    def _together(self, asks: Sequence[Request]) -> tuple[list[Any], int]:
        return self.client.get_many(asks), self.run.now()

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


def _cancel(futures: Sequence[tuple[Any, Future[Any]]]) -> None:
    for _, future in futures:
        future.cancel()
