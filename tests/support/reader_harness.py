"""Reads a vendor's tables through its real `connect` and reader, without a warehouse: rows land in lists."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import pyarrow as pa

from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.engine.extract.run import Run
from fieldhouse.sources.engine.extract.table_reader import TableReader
from fieldhouse.sources.engine.http.client import Client
from fieldhouse.sources.engine.http.concurrency import ConcurrencyLimiter
from fieldhouse.sources.engine.http.messages import Response
from fieldhouse.sources.engine.http.transport import Transport
from fieldhouse.sources.engine.normalize.normalizer import Frames, Normalizer
from fieldhouse.sources.engine.spec.incremental import ServerTime
from fieldhouse.sources.engine.spec.reads import Record
from fieldhouse.sources.engine.spec.table import Table
from fieldhouse.sources.engine.spec.vendor import Vendor

Rows = dict[str, list[dict[str, Any]]]
OWN = ("_synced_at", "_row_hash", "_list_hash", "_deleted_at", "_dlt_load_id")
NOW = datetime(2026, 11, 2, 14, 30, tzinfo=UTC)


class NoKnownRows:
    """The memory of an empty warehouse."""

    def known(self, table: Table, keys: pa.Table | None, extra: Sequence[str]) -> pa.Table:
        names = dict.fromkeys([*table.key, "_row_hash", "_deleted_at", *extra])
        return pa.table({name: pa.array([], pa.null()) for name in names})

    def values(self, table: str, column: str, where: tuple[str, Any] | None) -> list[Any]:
        return []


@dataclass
class ReadResult:
    """What a run read: the outcome of each table, and the rows of each table and child table."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    rows: Rows = field(default_factory=dict)

    def take(self, frames: Frames) -> None:
        for name, table in frames.tables.items():
            self.rows.setdefault(name, []).extend(plain(table))

    @property
    def errors(self) -> dict[str, str]:
        """The kind of error of each table that has one."""
        return {name: type(item.error).__name__ for name, item in self.outcomes.items() if item.error}


def plain(table: pa.Table) -> list[dict[str, Any]]:
    """The rows without what is added to every row, and without nulls."""
    return [
        {name: value for name, value in row.items() if name not in OWN and value is not None}
        for row in table.to_pylist()
    ]


@contextlib.contextmanager
def client(
    vendor: Vendor,
    settings: Mapping[str, Any],
    wire: httpx.BaseTransport | None = None,
    attempts: int = 2,
) -> Iterator[Client]:
    """The vendor's client as a sync would have it, over ``wire`` or over the network; it never really sleeps."""
    api = vendor.connect(vendor.settings(**settings))
    transport = Transport(
        api.base_url,
        gate=ConcurrencyLimiter(*vendor.concurrency),
        attempts=attempts,
        wire=wire,
        sleep=lambda seconds: None,
        **api.extra.get("transport", {}),
    )
    try:
        yield Client(api, transport)
    finally:
        transport.close()


def read(
    vendor: Vendor,
    settings: Mapping[str, Any],
    *names: str,
    wire: httpx.BaseTransport | None = None,
    states: Mapping[str, Mapping[str, Any]] | None = None,
    options: Options | None = None,
) -> ReadResult:
    """Read the tables ``names``, or all, one after the other, into an empty memory."""
    reading = ReadResult()
    with (
        client(vendor, settings, wire) as asking,
        ThreadPoolExecutor(vendor.concurrency[1]) as pool,
    ):
        run = Run(
            vendor=vendor,
            account=vendor.name,
            client=asking,
            known_rows=NoKnownRows(),
            server_time=ServerTime(NOW),
            options=options or Options(),
            states=states or {},
            sink=lambda name, frames: reading.take(frames),
            pool=pool,
            max_concurrency=vendor.concurrency[1],
        )
        for table in vendor.tables:
            if not names or table.name in names:
                reading.outcomes[table.name] = TableReader(run, table).read()
    return reading


def expected(vendor: Vendor, truth: Mapping[str, Sequence[Record]], *names: str) -> Rows:
    """The rows that records of ``truth`` make, children apart."""
    rows: Rows = {}
    for table in vendor.tables:
        if names and table.name not in names:
            continue
        shaper = Normalizer(table.name, table.key, table.row)
        records = list(truth[table.name])
        frames = shaper.frames(records, [0] * len(records), shaper.hashes(records))
        rows.update((name, plain(item)) for name, item in frames.tables.items())
    return rows


def ordered(rows: Rows) -> dict[str, list[str]]:
    """Rows in an order of their own, and only the tables that have some, for comparison."""
    return {
        name: sorted(str(sorted(row.items())) for row in item) for name, item in sorted(rows.items()) if item
    }


def answer(status: int, body: bytes = b"", kind: str = "application/json") -> Response:
    return Response(status, {"content-type": kind}, body)
