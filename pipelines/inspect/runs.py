"""Runs: the last syncs of every account, from the run log of the warehouse."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fieldhouse.pipelines.sync.accounts_in_warehouse import account_of, schemas
from fieldhouse.warehouse import unrecorded_runs
from fieldhouse.warehouse.session import Session, quote


@dataclass(frozen=True)
class FailedTable:
    """A table that a run did not complete."""

    table: str
    outcome: str
    cause: str
    next_step: str


@dataclass(frozen=True)
class RunSummary:
    """One run of one account.

    Attributes:
        tables: the number of its tables.
        strategies: how they were read.
        failed: the tables that are not complete.
    """

    account: str
    run_id: str
    started_at: datetime
    finished_at: datetime
    tables: int
    rows_read: int
    rows_written: int
    rows_deleted: int
    requests: int
    strategies: tuple[str, ...]
    failed: tuple[FailedTable, ...] = ()

    @property
    def seconds(self) -> float:
        """How long the run took."""
        return (self.finished_at - self.started_at).total_seconds()


def last_runs(session: Session, names: Sequence[str], limit: int, display: str = "") -> list[RunSummary]:
    """The last ``limit`` runs of the named vendors or accounts (all by default), newest first.

    Args:
        display: the warehouse's address without the password: runs that it could not store are on this machine.
    """
    runs: list[RunSummary] = []
    for schema in schemas(session):
        account = account_of(schema)
        if not names or account in names or account.partition(".")[0] in names:
            runs.extend(_runs(session, schema, account, limit))
            runs.extend(_unrecorded(display, schema, account))
    return sorted(runs, key=lambda run: run.started_at, reverse=True)[:limit]


def _runs(session: Session, schema: str, account: str, limit: int) -> Iterator[RunSummary]:
    log = f"{quote(schema)}._syncs"
    rows = session.fetch(
        f"""
        WITH last_runs AS (
            SELECT run_id, max(finished_at) AS finished_at
            FROM {log}
            GROUP BY run_id
            ORDER BY 2 DESC
            LIMIT {int(limit)}
        )
        SELECT
            log.run_id, log.table_name, log.started_at, log.finished_at, log.outcome, log.strategy, log.error,
            coalesce(log.rows_read, 0), coalesce(log.rows_written, 0), coalesce(log.rows_deleted, 0),
            coalesce(log.requests, 0), CAST(log.details AS varchar)
        FROM {log} AS log
        JOIN last_runs ON last_runs.run_id = log.run_id
        ORDER BY log.table_name
        """
    )
    by_run: dict[str, list[tuple[Any, ...]]] = {}
    for run_id, *row in rows:
        by_run.setdefault(run_id, []).append(tuple(row))
    for run_id, tables in by_run.items():
        yield RunSummary(
            account,
            run_id,
            min(row[1] for row in tables),
            max(row[2] for row in tables),
            len(tables),
            sum(row[6] for row in tables),
            sum(row[7] for row in tables),
            sum(row[8] for row in tables),
            sum(row[9] for row in tables),
            tuple(sorted({row[4] for row in tables})),
            tuple(_failed(row) for row in tables if row[5]),
        )


def _unrecorded(display: str, schema: str, account: str) -> Iterator[RunSummary]:
    """The last run, if the warehouse could not store it; what it read is unknown."""
    run = unrecorded_runs.last(display, schema)
    if run:
        failed = [
            FailedTable(table, parts["outcome"], parts["cause"], parts["next_step"])
            for table, parts in run["tables"].items()
        ]
        times = run["started_at"], run["finished_at"]
        yield RunSummary(account, run["run_id"], *times, len(failed), 0, 0, 0, 0, (), tuple(failed))


def _failed(row: tuple[Any, ...]) -> FailedTable:
    table, _, _, outcome, _, error, *_, details = row
    parts: dict[str, Any] = (json.loads(details) if details else {}).get("error") or {}
    return FailedTable(table, outcome, parts.get("cause") or error, parts.get("next_step", ""))
