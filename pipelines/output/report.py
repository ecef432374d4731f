"""What a sync did: for people as lines and a table, for machines as one object."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fieldhouse.pipelines.sync.account_sync import Report
from fieldhouse.sources.engine.extract.run import Outcome

from .console import duration, log_event, print_grid, print_line, quantity
from .exit import describe_error, print_errors

_HEADERS = ("table", "how", "read", "written", "deleted", "requests", "time", "what to know")
_NUMBERS = ("read", "written", "deleted", "requests", "time")
_WIDEST = 300


def document(reports: Iterable[Report]) -> dict[str, Any]:
    """The object of ``--json``."""
    return {"vendors": {report.account: _vendor(report) for report in reports}}


def _vendor(report: Report) -> dict[str, Any]:
    return {
        "tables": {outcome.table: _table(outcome) for outcome in report.outcomes},
        "error": describe_error(report.error) if report.error else None,
        "exit_code": report.exit_code,
        "requests": report.requests,
        "requests_planned": report.planned,
        "seconds": round(report.seconds, 3),
        "run_id": report.run_id,
        "unfinished": report.unfinished,
    }


def _table(outcome: Outcome) -> dict[str, Any]:
    return {
        "status": outcome.status,
        "strategy": outcome.strategy,
        "rows_read": outcome.rows_read,
        "rows_written": outcome.rows_written,
        "rows_deleted": outcome.rows_deleted,
        "rows_quarantined": outcome.rows_quarantined,
        "requests": outcome.requests,
        "requests_planned": outcome.expected_requests,
        "seconds": round(outcome.seconds, 3),
        "new_columns": outcome.new_columns,
        "filter_proven": outcome.filter_proven,
        "cursor": outcome.cursor_after,
        "notes": outcome.notes,
        "error": describe_error(outcome.error) if outcome.error else None,
    }


def log_reports(reports: Iterable[Report]) -> None:
    """An event per table and account, where logs are JSON."""
    for report in reports:
        whole = _vendor(report)
        for table, values in whole.pop("tables").items():
            log_event("table synced", account=report.account, table=table, run_id=report.run_id, **values)
        log_event("account synced", account=report.account, **whole)


def print_report(report: Report, place: str, *, every: bool = False) -> None:
    """One account's report on standard output.

    Args:
        place: where the data is, without a password.
        every: list tables without any news as well; they are folded into one line otherwise.
    """
    print_line(_headline(report))
    if run := report.unfinished:
        print_line(
            f"note: the sync that began at {run['started_at']} ({run['holder']}) did not end; "
            "this one went on from what it had committed"
        )
    news = [outcome for outcome in report.outcomes if _has_news(outcome) or (every and not outcome.error)]
    if news:
        print_grid(_HEADERS, [_row(outcome) for outcome in news], _NUMBERS)
    quiet = [o.table for o in report.outcomes if o not in news and not o.error]
    if quiet:
        print_line(f"unchanged ({len(quiet)}): {', '.join(quiet)}")
    failed = [(o.table, o.error) for o in report.outcomes]
    print_errors(report.account, report.error, failed)
    print_line(f"data: schema {report.account.replace('.', '_')} in {place}")
    print_line()


def _has_news(outcome: Outcome) -> bool:
    if outcome.error is not None:
        return bool(outcome.rows_written or outcome.rows_deleted or outcome.notes)
    counted = outcome.rows_written or outcome.rows_deleted or outcome.new_columns
    return bool(counted or [note for note in outcome.notes if note != "swept for deletes"])


def _headline(report: Report) -> str:
    outcomes = report.outcomes
    complete = sum(outcome.error is None for outcome in outcomes)
    read, written, deleted = (
        sum(getattr(outcome, name) for outcome in outcomes)
        for name in ("rows_read", "rows_written", "rows_deleted")
    )
    planned = "" if report.planned is None else f" ({report.planned:,} planned)"
    return (
        f"{report.account}: {complete} of {len(outcomes)} tables complete; {read:,} rows read, {written:,} written, "
        f"{deleted:,} deleted; {quantity(report.requests, 'request')}{planned} in {duration(report.seconds)}"
    )


def _row(outcome: Outcome) -> list[str]:
    return [
        outcome.table,
        outcome.strategy,
        f"{outcome.rows_read:,}",
        f"{outcome.rows_written:,}",
        f"{outcome.rows_deleted:,}",
        f"{outcome.requests:,}",
        duration(outcome.seconds),
        _remarks(outcome)[:_WIDEST],
    ]


def _remarks(outcome: Outcome) -> str:
    return "; ".join([*([] if outcome.error is None else [outcome.status]), *outcome.notes])
