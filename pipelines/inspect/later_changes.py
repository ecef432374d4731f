"""Later changes: distinguishes rows that changed at the vendor after their last read from rows that are wrong.

The vendor's own times of change decide if a row has them. Without them, the hash that the last sync stored does: if
the vendor's record has another hash and every sync reads the whole table, the record changed after that sync. If
the table holds fewer rows than the last sync read, that many missing rows without a time of change were lost here,
those with the smallest keys; the others are new.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from fieldhouse.pipelines.sync.accounts_in_warehouse import RUN_LOG
from fieldhouse.sources.engine.changes.row_index import integer_of
from fieldhouse.sources.engine.changes.table_state import TableState
from fieldhouse.sources.engine.spec.row import declared
from fieldhouse.sources.engine.spec.table import Table
from fieldhouse.warehouse.merge.compare import Key
from fieldhouse.warehouse.merge.evidence import Evidence
from fieldhouse.warehouse.session import Session, literal, quote

TOLERANCE = timedelta(seconds=2)
"""Vendors round their times down to a second, and a row can change while its table is read."""
_CHANGED = ("updated", "modified", "changed")
_CREATED = ("created", "creation")
_READS_ALL = frozenset({"full", "derived", "per-parent", "window"})


@dataclass(frozen=True)
class LastRead:
    """A table's last good sync.

    Attributes:
        at: its start by the vendor's clock; None if there was none.
        is_good: True if the last run of the table was complete, so that deletes were looked for.
        marked: the runs in which rows were marked as deleted, as start and end.
        rows_read: rows with a usable key that the vendor sent in it.
    """

    at: datetime | None = None
    is_good: bool = False
    marked: tuple[tuple[datetime, datetime], ...] = ()
    rows_read: int = 0


@dataclass
class TableHistory:
    """The last reads of an account's tables."""

    reads: Mapping[str, LastRead] = field(default_factory=dict)

    def of(self, table: str) -> LastRead:
        """The last good read of a table; empty if there was none."""
        return self.reads.get(table, LastRead())


def last_reads(session: Session, schema: str, states: Mapping[str, Mapping[str, Any]]) -> TableHistory:
    """The last good read of every table of an account, from its run log and its states."""
    if RUN_LOG not in session.catalogue(schema):
        return TableHistory()
    rows = session.fetch(
        "SELECT table_name, started_at, finished_at, outcome, rows_deleted, rows_read - coalesce(rows_quarantined, 0)"
        f" FROM {quote(schema)}.{quote(RUN_LOG)}"
        f" WHERE strategy NOT IN ({literal('backfill')}, {literal('some')}) ORDER BY finished_at"
    )
    offset = _clock_offset(states)
    reads: dict[str, LastRead] = {}
    for table, started_at, finished_at, outcome, deleted, rows_read in rows:
        before = reads.get(table, LastRead())
        marked = (*before.marked, (started_at, finished_at)) if deleted else before.marked
        is_good = outcome == "ok"
        at, count = (started_at + offset, rows_read or 0) if is_good else (before.at, before.rows_read)
        reads[table] = LastRead(at, is_good, marked, count)
    return TableHistory(reads)


def _clock_offset(states: Mapping[str, Mapping[str, Any]]) -> timedelta:
    """How far the vendor's clock was ahead of ours when it was last compared."""
    offsets: list[tuple[datetime, timedelta]] = []
    for name, stored in states.items():
        state = TableState() if name.startswith("_") else TableState.from_json(stored)
        if state.server_time and state.local_time:
            offsets.append((state.local_time, state.server_time - state.local_time))
    return max(offsets)[1] if offsets else timedelta()


def change_times(table: Table) -> list[str]:
    """The declared columns in which the vendor states when a row was created or changed."""
    names = [column.name for column in declared(table.row) if column.type is not None]
    return [
        name for name in names if any(word in name.rpartition("__")[2] for word in (*_CHANGED, *_CREATED))
    ]


@dataclass
class Judge:
    """Judges the missing and stale rows of one table, batch by batch.

    Args:
        last: the table's last good sync.
        stored: rows of the table before the comparison, with those marked as deleted if the vendor lists them.
        greatest_key: the greatest key in the table, if keys are integers.
        unique_share: distinct rows per row that the vendor sends.
    """

    table: Table
    last: LastRead
    stored: int
    greatest_key: int | None = None
    unique_share: float = 1.0

    def __post_init__(self) -> None:
        self._counts_rows = self.table.strategy in ("full", "per-parent")
        # A list of each parent can repeat rows of the others, and so can the reads of a union.
        unique = round(self.last.rows_read * self.unique_share)
        lost = max(0, unique - self.stored) if self._counts_rows else 0
        self._lost = lost if lost <= self.stored else 0
        names = [column.name for column in declared(self.table.row) if column.type is not None]
        self._has_change_time = any(word in name for name in names for word in _CHANGED)

    def later_changes(self, evidence: Iterable[Evidence]) -> set[Key]:
        """The keys of rows that changed at the vendor after the table was last read."""
        rows = {row.key: row for row in evidence}
        verdicts = {key: self._is_later(row) for key, row in rows.items()}
        is_missing = {key: not row.is_stored or row.deleted_at is not None for key, row in rows.items()}
        self._lost -= sum(verdict is False and is_missing[key] for key, verdict in verdicts.items())
        unknown = sorted((key for key, verdict in verdicts.items() if verdict is None), key=_order)
        lost = set(unknown[: max(0, self._lost)])
        self._lost -= len(lost)
        return {key for key, verdict in verdicts.items() if verdict or (verdict is None and key not in lost)}

    def _is_later(self, row: Evidence) -> bool | None:
        """None if the row does not show it."""
        if self.last.at is None:
            return False
        if row.deleted_at is not None:
            return _is_restored(row, self.last) or (self._is_new(row) and not row.has_same_hash)
        if row.has_same_hash:
            return False
        if self._is_new(row):
            return True
        if row.is_stored:
            return self.table.strategy in _READS_ALL
        if row.changed_at is not None and self._has_change_time:
            return False
        number = integer_of(row.key[0])
        is_old = number is not None and self.greatest_key is not None and number <= self.greatest_key
        return False if is_old and not self._counts_rows else None

    def _is_new(self, row: Evidence) -> bool:
        assert self.last.at is not None
        return row.changed_at is not None and row.changed_at >= self.last.at - TOLERANCE


def _order(key: Key) -> tuple[Any, ...]:
    """Integers in their order, anything else as text."""
    return tuple((0, part, "") if isinstance(part, int) else (1, 0, str(part)) for part in key)


def _is_restored(evidence: Evidence, last: LastRead) -> bool:
    """True if a sync marked the row as deleted; the vendor has brought it back since."""
    marked_at = evidence.deleted_at
    return marked_at is not None and any(start <= marked_at <= end for start, end in last.marked)


def later_extra(keys: Sequence[Key], altered: set[Key], last: LastRead) -> set[Key]:
    """The extra rows that the vendor had at the last sync and has deleted since; none if that sync was not complete."""
    return {key for key in keys if key not in altered} if last.is_good else set()
