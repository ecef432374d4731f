"""The command ``runs``: when the last syncs ran, how long, what changed, and what failed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from typing import Any

from fieldhouse.pipelines.config.settings import Settings
from fieldhouse.pipelines.inspect.freshness import existing_warehouse
from fieldhouse.pipelines.inspect.runs import RunSummary, last_runs
from fieldhouse.pipelines.output.console import duration, log_line, print_grid, print_json, print_line
from fieldhouse.pipelines.output.exit import print_causes
from fieldhouse.pipelines.output.log_files import files_of_runs

_HEADERS = (
    "started",
    "account",
    "run",
    "time",
    "tables",
    "failed",
    "read",
    "written",
    "deleted",
    "requests",
    "log",
)
_NUMBERS = ("time", "tables", "failed", "read", "written", "deleted", "requests")


def run(settings: Settings, names: Sequence[str], *, limit: int = 20, as_json: bool = False) -> int:
    """Print the last runs, newest first; 0.

    Raises:
        FixSettings: the warehouse does not exist.
    """
    warehouse = existing_warehouse(settings, log_line)
    with warehouse.session() as session:
        runs = last_runs(session, names, limit, warehouse.display)
    logs = files_of_runs(settings.logs.folder, [(summary.run_id, summary.started_at) for summary in runs])
    if as_json:
        print_json({"runs": [_object(summary, logs.get(summary.run_id)) for summary in runs]})
        return 0
    if not runs:
        print_line(f"no run is recorded in {warehouse.display}: run 'fieldhouse sync'")
        return 0
    shown = len(_HEADERS) if logs else -1
    print_grid(
        _HEADERS[:shown],
        [_row(summary, logs.get(summary.run_id))[:shown] for summary in runs],
        _NUMBERS,
        spare=("log",),
    )
    for summary in runs:
        if summary.failed:
            print_line(f"\n{_started(summary)} {summary.account}, run {summary.run_id}:")
            causes = [(table.table, table.cause, table.next_step) for table in summary.failed]
            print_causes(summary.account, causes)
            if log := logs.get(summary.run_id):
                print_line(f"log: {log}")
    return 0


def _object(summary: RunSummary, log: Path | None) -> dict[str, Any]:
    return {
        "account": summary.account,
        "run_id": summary.run_id,
        "started_at": summary.started_at,
        "finished_at": summary.finished_at,
        "seconds": round(summary.seconds, 3),
        "tables": summary.tables,
        "strategies": summary.strategies,
        "rows_read": summary.rows_read,
        "rows_written": summary.rows_written,
        "rows_deleted": summary.rows_deleted,
        "requests": summary.requests,
        "errors": [
            {
                "table": table.table,
                "outcome": table.outcome,
                "message": table.cause,
                "next_step": table.next_step,
            }
            for table in summary.failed
        ],
        "log": log and str(log),
    }


def _row(summary: RunSummary, log: Path | None) -> list[str]:
    counts = (summary.rows_read, summary.rows_written, summary.rows_deleted, summary.requests)
    return [
        _started(summary),
        summary.account,
        summary.run_id,
        duration(summary.seconds),
        f"{summary.tables}",
        f"{len(summary.failed) or ''}",
        *(f"{count:,}" for count in counts),
        str(log or ""),
    ]


def _started(summary: RunSummary) -> str:
    return f"{summary.started_at.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"
