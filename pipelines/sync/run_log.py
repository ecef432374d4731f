"""Run log: the note of a run that is under way, its rows in ``_syncs``, and quarantined records."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.engine.redact import hidden
from fieldhouse.warehouse.connect import Warehouse
from fieldhouse.warehouse.errors import WarehouseError
from fieldhouse.warehouse.session import Session

from .accounts_in_warehouse import RUNNING
from .report import Report
from .result_fields import run_log_row

LISTED_CHANGES = 20
"""The number of schema changes of one table that a report lists; the rest is counted."""


def note_start(
    session: Session, schema: str, report: Report, holder: str, states: Mapping[str, Mapping[str, Any]]
) -> None:
    """Note that a run is under way; the note of an earlier run that never ended goes to the report."""
    report.unfinished = dict(states[RUNNING]) if RUNNING in states else None
    started = datetime.now(UTC).isoformat(timespec="seconds")
    session.put_state(schema, RUNNING, {"run_id": report.run_id, "started_at": started, "holder": holder})


def withdraw_start(warehouse: Warehouse, schema: str, run_id: str) -> None:
    """Remove the note of a run that ended before its tables did."""
    with contextlib.suppress(WarehouseError), warehouse.session() as session:
        if session.states(schema).get(RUNNING, {}).get("run_id") == run_id:
            session.put_state(schema, RUNNING, None)


def note_schema_changes(outcome: Outcome, changes: Sequence[str]) -> None:
    """Add the first schema changes of a table to its notes, and the number of the others."""
    for change in changes[:LISTED_CHANGES]:
        outcome.note(change)
    if len(changes) > LISTED_CHANGES:
        outcome.note(f"and {len(changes) - LISTED_CHANGES:,} more changes: see _schema_changes")


def quarantine(session: Session, schema: str, outcome: Outcome, run_id: str) -> None:
    """Store the records without a usable key that the table met so far."""
    if not outcome.quarantined:
        return
    records = list(outcome.quarantined)
    del outcome.quarantined[: len(records)]  # the reader may be adding more
    now = datetime.now(UTC)
    rows = [
        {
            "table_name": outcome.table,
            "reason": reason,
            "record": hidden(json.dumps(record, default=str)),
            "seen_at": now,
            "run_id": run_id,
        }
        for reason, record in records
    ]
    session.quarantine(schema, rows)


def record_run(session: Session, schema: str, report: Report, rows_written: Mapping[str, int]) -> None:
    """Write one row per table to ``_syncs`` and remove the note of the run."""
    for outcome in report.outcomes:
        outcome.rows_written = rows_written.get(outcome.table, 0)
        if count := outcome.rows_quarantined:
            records = "record" if count == 1 else "records"
            outcome.note(f"{count:,} {records} without a usable key: see _quarantine")
    session.record(schema, [run_log_row(outcome, report.run_id) for outcome in report.outcomes])
    session.put_state(schema, RUNNING, None)
