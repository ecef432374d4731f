"""Outcome: what became of one table in one run, and how far its read has come."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import pyarrow as pa

from fieldhouse.sources.engine.http.request_count import Requests

from .table_state import NOT_OFFERED, TableState


@dataclass
class TableProgress:
    """How far the read of one table has come, for the screen.

    Attributes:
        total_rows: rows that there are to read, if the vendor states a total.
        details_pending: details that are still to be fetched.
        expected_requests: requests that the read was expected to take; None on a first read.
    """

    phase: Literal["waiting", "reading", "done"] = "waiting"
    total_rows: int | None = None
    details_pending: int = 0
    expected_requests: int | None = None


@dataclass
class Outcome:
    """The result of one table in one run.

    Attributes:
        state: what the next run starts from; None leaves the stored state as it is.
        checkpoint: the state that is stored with rows that are loaded before the read ends.
        deleted: keys of rows that the vendor no longer has.
        removed: keys of rows that the vendor has and that do not meet the setting ``where``.
        rechecked: keys of rows whose detail was read and had not changed.
        quarantined: (reason, record) of records without a usable key.
        retained_children: child tables that the vendor left out and that stay as they are.
        listed_columns: the columns and child tables that rows without a list hash contain; the others stay as they
            are stored. None if there are no such rows.
        is_compared: rows were read without trust in stored hashes: those that are equal to what is stored are not
            written.
        filter_proven: None if the filter needs no proof or was not asked.
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
    state: TableState | None = None
    checkpoint: TableState | None = None
    deleted: pa.Table | None = None
    removed: pa.Table | None = None
    rechecked: pa.Table | None = None
    quarantined: list[tuple[str, Any]] = field(default_factory=list)
    retained_children: frozenset[str] = frozenset()
    listed_columns: frozenset[str] | None = None
    is_compared: bool = False
    progress: TableProgress = field(default_factory=TableProgress)

    @property
    def requests(self) -> int:
        """Requests that were sent for the table."""
        return self.counter.sent

    @property
    def is_offered(self) -> bool:
        """False if the account does not have the table."""
        return self.status != NOT_OFFERED

    def note(self, text: str) -> None:
        """Add a note for the report, once."""
        if text not in self.notes:
            self.notes.append(text)


def is_listed(listed: frozenset[str], name: str) -> bool:
    """True if ``listed`` holds a column or child table, or an object above it."""
    parts = name.split("__")
    return any("__".join(parts[:length]) in listed for length in range(1, len(parts) + 1))
