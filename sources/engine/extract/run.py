"""What the tables of one vendor's run share: the client, the clock, the options, and where rows go."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

from fieldhouse.sources.engine.errors import SourceError
from fieldhouse.sources.engine.http.client import Client
from fieldhouse.sources.engine.http.request_count import Requests
from fieldhouse.sources.engine.spec.table import Record, ServerTime, Table, Vendor

from .scan import micros

if TYPE_CHECKING:
    from fieldhouse.sources.engine.normalize.normalizer import Frames


class KnownRows(Protocol):
    """What the engine asks of the warehouse while it reads."""

    def known(self, table: Table, keys: pa.Table | None, extra: Sequence[str]) -> pa.Table:
        """Keys, ``_row_hash``, ``_deleted_at`` and extra columns of all rows, or of ``keys``."""

    def values(self, table: str, column: str, where: tuple[str, Any] | None) -> list[Any]:
        """A column of the live rows of a table, where another column holds a value."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the person who runs a sync may ask for, and the account's settings that decide how tables are read.

    ``some`` names, per table, the keys of the only rows to be read.
    """

    full: bool = False
    sweep: bool = False
    since: datetime | None = None
    until: datetime | None = None
    start_date: datetime | None = None
    sweep_every: timedelta = timedelta(hours=24)
    detail_max_age: timedelta = timedelta(days=7)
    deletes: str = "soft"
    max_delete_share: float = 0.2
    max_quarantine_share: float = 0.5
    drop: tuple[str, ...] = ()
    mask: tuple[str, ...] = ()
    salt: bytes = b""
    only_keys: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)

    @property
    def backfill(self) -> bool:
        return self.since is not None or self.until is not None


@dataclass
class Outcome:
    """What became of one table in one run. ``state`` is what the next run starts from; None leaves it as it was.

    While it is read, ``total`` is how many rows there are to read, where the vendor tells, and ``due`` how many
    details are still to be fetched. ``planned`` is how many requests were expected, where that was known. ``kept``
    names the child tables that the vendor left out and that stay as they are.
    """

    table: str
    strategy: str = "full"
    status: str = "ok"
    rows_read: int = 0
    rows_written: int = 0
    rows_deleted: int = 0
    rows_quarantined: int = 0
    counter: Requests = field(default_factory=Requests)
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    seconds: float = 0.0
    cursor_before: str | None = None
    cursor_after: str | None = None
    filter_proven: bool | None = None
    notes: list[str] = field(default_factory=list)
    new_columns: list[str] = field(default_factory=list)
    error: Exception | None = None
    state: dict[str, Any] | None = None
    checkpoint: dict[str, Any] | None = None
    deleted: pa.Table | None = None
    rechecked: pa.Table | None = None
    quarantined: list[tuple[str, Any]] = field(default_factory=list)
    retained_children: frozenset[str] = frozenset()
    progress: str = "waiting"
    total: int | None = None
    details_pending: int = 0
    expected_requests: int | None = None

    @property
    def requests(self) -> int:
        """Requests that were sent for the table."""
        return self.counter.sent

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


@dataclass
class Run:
    """One vendor account's run. Tables are read by threads that share this."""

    vendor: Vendor
    account: str
    client: Client
    known_rows: KnownRows
    server_time: ServerTime
    options: Options
    states: Mapping[str, Mapping[str, Any]]
    sink: Callable[[str, Frames], None]
    pool: ThreadPoolExecutor
    max_concurrency: int
    now: Callable[[], int] = micros
    parent_records: dict[str, dict[Any, Record]] = field(default_factory=dict)
    embedded_records: dict[str, dict[Any, Record]] = field(default_factory=dict)
    failed: dict[str, SourceError] = field(default_factory=dict)
    delete_suspended: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def needs(self, table: str) -> None:
        """Raise the like of what stopped ``table`` where it could not be read: its dependants heal as it does."""
        if why := self.failed.get(table):
            raise type(why)(
                f"the table {table}, which it needs, could not be read", do="Mend that table first."
            )

    def is_parent(self, table: str) -> bool:
        return any(other.per_parent and other.per_parent.parent == table for other in self.vendor.tables)

    def tables_embedded_in(self, table: str) -> list[tuple[str, str]]:
        """The derived tables whose rows stand inside ``table``'s records: (table, field)."""
        return [
            (other.name, found.field)
            for other in self.vendor.tables
            for found in other.embedded_in
            if found.table == table
        ]
