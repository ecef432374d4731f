"""Run log: the note of a run that is under way, its rows in ``_syncs``, and quarantined records."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.engine.redact import hidden
from fieldhouse.warehouse.session import Session, literal, quote

from .accounts_in_warehouse import RUN_LOG, RUNNING
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


def is_noted(session: Session, schema: str, run_id: str) -> bool:
    """True if the account's note of a run under way is that of this run."""
    return bool(session.states(schema).get(RUNNING, {}).get("run_id") == run_id)


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


def record_run(
    session: Session,
    schema: str,
    report: Report,
    rows_written: Mapping[str, int],
    states: Mapping[str, Mapping[str, Any]],
) -> None:
    """Write one row per table to ``_syncs`` with the states of unchanged tables, and remove the note of the run."""
    for outcome in report.outcomes:
        outcome.rows_written = rows_written.get(outcome.table, 0)
        if count := outcome.rows_quarantined:
            records = "record" if count == 1 else "records"
            outcome.note(f"{count:,} {records} without a usable key: see _quarantine")
    rows = [run_log_row(outcome, report.run_id) for outcome in report.outcomes]
    session.record(schema, rows, {**states, RUNNING: None})


def prune_run_log(session: Session, schema: str, before: datetime) -> int:
    """Delete the rows of ``_syncs`` that are older, except the last run and the last good run of each table.

    Returns:
        The number of deleted rows.
    """
    log = f"{quote(schema)}.{quote(RUN_LOG)}"
    no_sync = f"({literal('backfill')}, {literal('some')})"
    return session.db.execute(
        f"""
        DELETE FROM {log} WHERE finished_at < {literal(before)}
        AND (table_name, finished_at) NOT IN (SELECT table_name, max(finished_at) FROM {log} GROUP BY table_name)
        AND (table_name, finished_at) NOT IN (
            SELECT table_name, max(finished_at) FROM {log}
            WHERE outcome = 'ok' AND strategy NOT IN {no_sync} GROUP BY table_name
        )
        """
    )
