"""Health: last sync, rows, cursor, age, error and schema changes of each table, from the warehouse alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fieldhouse.sources.engine.changes.cursor_time import stamp
from fieldhouse.sources.engine.changes.table_state import NOT_OFFERED, TableState
from fieldhouse.warehouse.session import Session, literal, quote

CLOCK_TOLERANCE = timedelta(minutes=5)
"""A last sync up to this far in the future is a difference of clocks and no error."""
_CODES = {"ok": 0, "denied": 2, "suspicious": 4, "unsteady": 3}
"""Outcome -> exit code of runs before version 0.2, which stored none."""


@dataclass(frozen=True)
class Health:
    """One table's health.

    Attributes:
        last_sync: when it was last read to its end, as of the start of that read; a backfill, and a read of
            some rows that a webhook named, do not count.
        rows: rows that the vendor still has.
        outcome, error: of the last run, successful or not.
        cause, next_step, exit_code: the parts of ``error``; the exit code is 0 without an error.
        schema_changes: in the last run, without those of a table's first load.
    """

    table: str
    last_sync: datetime | None = None
    last_run: datetime | None = None
    outcome: str = "never synced"
    rows: int = 0
    deleted: int = 0
    cursor: str | None = None
    error: str | None = None
    schema_changes: int = 0
    cause: str = ""
    next_step: str = ""
    exit_code: int = 0

    def age(self, now: datetime) -> timedelta | None:
        """Time since the last sync; None before the first one."""
        return None if self.last_sync is None else now - self.last_sync

    def older_than(self, limit: timedelta, now: datetime) -> bool:
        """True if the last sync is longer ago than ``limit``, was never, or seems to be in the future.

        A table that the account does not have, and never had, cannot be old.
        """
        if self.outcome == NOT_OFFERED and self.last_sync is None:
            return False
        age = self.age(now)
        return age is None or age > limit or self.is_in_future(now)

    def is_in_future(self, now: datetime) -> bool:
        """True if a clock was ahead when the table was synced: its age is unknown."""
        age = self.age(now)
        return age is not None and age < -CLOCK_TOLERANCE


def health(session: Session, schema: str, expected: Sequence[str] | None = None) -> list[Health]:
    """The health of an account's tables: those ``expected``, in that order, or all that were ever synced."""
    known = {entry.table: entry for entry in _known(session, schema)}
    names = list(known) if expected is None else expected
    return [known.get(name) or Health(name) for name in names]


def _known(session: Session, schema: str) -> Iterator[Health]:
    states = session.states(schema)
    changes = _schema_changes(session, schema)
    runs = _last_runs(session, schema)
    stored = session.catalogue(schema)
    counts = _counts(session, schema, [name for name in runs if name in stored])
    for table, (run_id, run_at, outcome, error, good_at, details) in runs.items():
        live, deleted = counts.get(table, (0, 0))
        yield Health(
            table=table,
            last_sync=good_at,
            last_run=run_at,
            outcome=outcome,
            rows=live,
            deleted=deleted,
            cursor=_cursor(states.get(table, {})),
            error=error,
            **_error_parts(outcome, error, details),
            schema_changes=changes.get((table, run_id), 0),
        )


def _cursor(stored: Mapping[str, Any]) -> str | None:
    cursor = TableState.from_json(stored).cursor
    return stamp(cursor) if cursor else None


def _last_runs(
    session: Session, schema: str
) -> Mapping[str, tuple[str, datetime, str, str | None, datetime | None, str | None]]:
    """Per table: its last run's id, start, outcome and error, the start of its last good one, and the run's details."""
    rows = session.fetch(
        f"""
        WITH runs AS (
            SELECT table_name, run_id, started_at, outcome, error, CAST(details AS varchar) AS details,
                row_number() OVER (PARTITION BY table_name ORDER BY finished_at DESC) AS age,
                max(CASE WHEN outcome = 'ok' AND strategy NOT IN ('backfill', 'some') THEN started_at END)
                    OVER (PARTITION BY table_name) AS good_at
            FROM {quote(schema)}._syncs
        )
        SELECT table_name, run_id, started_at, outcome, error, good_at, details
        FROM runs WHERE age = 1 ORDER BY table_name
        """
    )
    return {table: tuple(parts) for table, *parts in rows}


def _schema_changes(session: Session, schema: str) -> Mapping[tuple[str, str], int]:
    """Schema changes per table and run; a child's counts for its table."""
    rows: Sequence[tuple[Any, ...]] = session.fetch(
        f"SELECT table_name, run_id, count(*) FROM {quote(schema)}._schema_changes"
        " WHERE action <> 'created' GROUP BY table_name, run_id"
    )
    counted: dict[tuple[str, str], int] = {}
    for table, run_id, count in rows:
        name = (table.partition("__")[0], run_id)
        counted[name] = counted.get(name, 0) + count
    return counted


def _counts(session: Session, schema: str, tables: Sequence[str]) -> Mapping[str, tuple[int, int]]:
    """Live and deleted rows of the tables, in one query."""
    if not tables:
        return {}
    parts = [
        f"SELECT {literal(name)}, count(*), count(_deleted_at) FROM {quote(schema)}.{quote(name)}"
        for name in tables
    ]
    rows = session.fetch(" UNION ALL ".join(parts))
    return {name: (every - gone, gone) for name, every, gone in rows}


def _error_parts(outcome: str, error: str | None, details: str | None) -> dict[str, Any]:
    """The parts of a run's error as ``_syncs.details`` has them."""
    if not error:
        return {}
    parts: dict[str, Any] = (json.loads(details) if details else {}).get("error") or {}
    return {
        "cause": parts.get("cause") or error,
        "next_step": parts.get("next_step", ""),
        "exit_code": parts.get("exit_code") or _CODES.get(outcome, 2),
    }
