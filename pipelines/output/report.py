"""What a sync did: for people as lines and a table, for machines as one object."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fieldhouse.pipelines.empty_columns import EmptyColumn
from fieldhouse.pipelines.errors import describe_error, message, next_step
from fieldhouse.pipelines.sync.report import Report
from fieldhouse.pipelines.sync.result_fields import ResultField, fields_of, json_result
from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.engine.extract.requests import ROWS_STAY
from fieldhouse.warehouse.errors import WarehouseError

from .console import duration, log_event, print_grid, print_line, quantity
from .exit import print_errors

_HEADERS = tuple(field.label or field.name for field in fields_of("screen"))
_NUMBERS = tuple(
    field.label or field.name for field in fields_of("screen") if field.sql_type in ("bigint", "double")
)
_WIDEST = 300


def document(reports: Iterable[Report]) -> dict[str, Any]:
    """The object of ``--json``."""
    return {"vendors": {report.account: _vendor(report) for report in reports}}


def _vendor(report: Report) -> dict[str, Any]:
    return {
        "tables": {outcome.table: json_result(outcome) for outcome in report.outcomes},
        "error": describe_error(report.error) if report.error else None,
        "exit_code": report.exit_code,
        "requests": report.requests,
        "requests_planned": report.requests_planned,
        "seconds": round(report.seconds, 3),
        "run_id": report.run_id,
        "unfinished": report.unfinished,
        "notes": report.notes,
    }


def log_reports(reports: Iterable[Report]) -> None:
    """An event per table and account, where logs are JSON."""
    for report in reports:
        values_of_account = _vendor(report)
        for table, values in values_of_account.pop("tables").items():
            log_event("table synced", account=report.account, table=table, run_id=report.run_id, **values)
        log_event("account synced", account=report.account, **values_of_account)


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
    for note in report.notes:
        print_line(f"warning: {note}")
    offered = [outcome for outcome in report.outcomes if outcome.is_offered]
    news = [outcome for outcome in offered if _has_news(outcome) or (every and not outcome.error)]
    if news:
        print_grid(_HEADERS, [_row(outcome) for outcome in news], _NUMBERS)
    quiet = [o.table for o in offered if o not in news and not o.error]
    if quiet:
        print_line(f"unchanged ({len(quiet)}): {', '.join(quiet)}")
    for remark, tables in _absent(report.outcomes).items():
        print_line(f"not offered to this account ({len(tables)}): {', '.join(tables)}{remark}")
    failed = [(o.table, o.error) for o in report.outcomes]
    print_errors(report.account, report.error, failed)
    print_line(f"data: schema {report.account.replace('.', '_')} in {place}")
    print_line()


def _absent(outcomes: Iterable[Outcome]) -> dict[str, list[str]]:
    """Tables that the account does not have, by the remark on rows of earlier reads."""
    absent: dict[str, list[str]] = {}
    for outcome in outcomes:
        if not outcome.is_offered:
            remark = f" ({ROWS_STAY})" if ROWS_STAY in outcome.notes else ""
            absent.setdefault(remark, []).append(outcome.table)
    return absent


def _has_news(outcome: Outcome) -> bool:
    if outcome.error is not None:
        return bool(outcome.rows_written or outcome.rows_deleted or outcome.notes)
    counted = outcome.rows_written or outcome.rows_deleted or outcome.new_columns
    return bool(counted or [note for note in outcome.notes if note != "swept for deletes"])


def _headline(report: Report) -> str:
    outcomes = [outcome for outcome in report.outcomes if outcome.is_offered]
    complete = sum(outcome.error is None for outcome in outcomes)
    read, written, deleted = (
        sum(getattr(outcome, name) for outcome in outcomes)
        for name in ("rows_read", "rows_written", "rows_deleted")
    )
    planned = "" if report.requests_planned is None else f" ({report.requests_planned:,} planned)"
    return (
        f"{report.account}: {complete} of {len(outcomes)} tables complete; {read:,} rows read, {written:,} written, "
        f"{deleted:,} deleted; {quantity(report.requests, 'request')}{planned} in {duration(report.seconds)}"
    )


def _row(outcome: Outcome) -> list[str]:
    return [_cell(field, outcome) for field in fields_of("screen")]


def _cell(field: ResultField, outcome: Outcome) -> str:
    if field.name == "notes":
        return _remarks(outcome)[:_WIDEST]
    value = field.of(outcome)
    if field.name == "seconds":
        return duration(value)
    return f"{value:,}" if field.sql_type == "bigint" else str(value)


def _remarks(outcome: Outcome) -> str:
    return "; ".join([*([] if outcome.error is None else [outcome.status]), *outcome.notes])


def print_empty_columns(columns: Iterable[EmptyColumn]) -> None:
    """The columns of the marts that are null in all rows of an account, on standard output."""
    for empty in columns:
        print_line(
            f"warning: marts.{empty.mart}.{empty.column} is empty in all {quantity(empty.rows, 'row')} of"
            f" {empty.account}: the vendor sends none of the fields that it is made from"
        )


def print_publish_error(error: WarehouseError) -> None:
    """Why readers still have their old copy, and the next step, on standard output."""
    print_line(f"error: not published: {message(error)}")
    print_line(f"  -> {next_step(error)}")
