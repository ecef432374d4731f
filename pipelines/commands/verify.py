"""The command ``verify``: differences between warehouse and vendor, reported and repaired."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from fieldhouse.pipelines.config.selection import Job
from fieldhouse.pipelines.config.settings import Settings
from fieldhouse.pipelines.errors import describe_error, exit_code
from fieldhouse.pipelines.inspect.compare_loader import KINDS, Verified
from fieldhouse.pipelines.inspect.freshness import existing_warehouse
from fieldhouse.pipelines.inspect.verify import VerifyReport, verify_account
from fieldhouse.pipelines.output.console import (
    duration,
    log_line,
    print_grid,
    print_json,
    print_line,
    quantity,
)
from fieldhouse.pipelines.output.exit import print_errors
from fieldhouse.pipelines.output.progress import watching
from fieldhouse.pipelines.output.report import print_publish_error
from fieldhouse.pipelines.sync.account_sync import Progress
from fieldhouse.pipelines.sync.accounts import run_accounts
from fieldhouse.pipelines.sync.publish import check_copy, publish_copy
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.errors import gravest

_HEADERS = ("table", "compared", *KINDS, "changed since", "repaired", "notes")
_NUMBERS = ("compared", *KINDS, "changed since", "repaired")


def run(settings: Settings, jobs: Sequence[Job], *, repair: bool = False, as_json: bool = False) -> int:
    """Verify the jobs' accounts, print the differences, publish what was repaired; the exit code."""
    warehouse = existing_warehouse(settings, log_line)
    if repair:
        check_copy(warehouse, settings.publish)

    def one(job: Job, progress: Progress) -> VerifyReport:
        return verify_account(
            job.account, warehouse, Options(), tables=job.tables, repair=repair, progress=progress
        )

    with watching() as watch:
        futures = run_accounts(jobs, one, watch, at_once=settings.sync.max_accounts)
    reports = [_result(job, future) for job, future in zip(jobs, futures, strict=True)]
    copy = settings.publish if any(report.repaired for report in reports) else None
    failed = publish_copy(warehouse, copy, wrote=any(report.wrote for report in reports))
    if as_json:
        document = {"vendors": {report.account: _object(report) for report in reports}}
        print_json({**document, **({"publish_error": describe_error(failed)} if failed else {})})
    else:
        for report in reports:
            _print_report(report, repair)
        if failed:
            print_publish_error(failed)
    return gravest([*(report.exit_code for report in reports), *([exit_code(failed)] if failed else [])])


def _result(job: Job, future: Future[VerifyReport]) -> VerifyReport:
    error = future.exception()
    if error is None:
        return future.result()
    if not isinstance(error, Exception):
        raise error
    return VerifyReport(job.account.name, error=error)


def _object(report: VerifyReport) -> dict[str, Any]:
    return {
        "tables": {table.table: _table(table) for table in report.tables},
        "error": describe_error(report.error) if report.error else None,
        "exit_code": report.exit_code,
        "differences": sum(table.differences for table in report.tables),
        "changed_since_sync": report.later,
        "requests": report.requests,
        "seconds": round(report.seconds, 3),
    }


def _table(verified: Verified) -> dict[str, Any]:
    outcome = verified.outcome
    return {
        "status": outcome.status,
        "rows_read": outcome.rows_read,
        **{kind: verified.counts[kind] for kind in KINDS},
        "changed_since_sync": {kind: verified.later[kind] for kind in KINDS},
        "examples": {kind: [list(key) for key in keys] for kind, keys in verified.examples.items()},
        "differs_in": dict(verified.differing),
        "repaired": verified.repaired,
        "notes": outcome.notes,
        "error": describe_error(outcome.error) if outcome.error else None,
    }


def _print_report(report: VerifyReport, repair: bool) -> None:
    print_line(_headline(report))
    listed = [
        table for table in report.tables if table.differences or table.later.total() or table.outcome.notes
    ]
    if listed:
        print_grid(_HEADERS, [_row(table) for table in listed], _NUMBERS)
    equal = [table.table for table in report.tables if table not in listed and not table.outcome.error]
    if equal:
        print_line(f"equal to the vendor ({len(equal)}): {', '.join(equal)}")
    print_errors(
        report.account, report.error, [(table.table, table.outcome.error) for table in report.tables]
    )
    if any(table.differences > table.repaired for table in report.tables if not table.outcome.error):
        step = "Run verify again: rows may have changed meanwhile." if repair else "Fix them with --repair."
        print_line(f"  -> {step}")
    print_line()


def _headline(report: VerifyReport) -> str:
    differences = sum(table.differences for table in report.tables)
    compared, total = sum(not table.outcome.error for table in report.tables), len(report.tables)
    tables = quantity(total, "table") if compared == total else f"{compared} of {quantity(total, 'table')}"
    later = f"; {quantity(report.later, 'row')} changed since the last sync" if report.later else ""
    return (
        f"{report.account}: {quantity(differences, 'difference')} in {tables}{later};"
        f" {quantity(report.requests, 'request')} in {duration(report.seconds)}"
    )


def _row(verified: Verified) -> list[str]:
    examples = [f"{kind}: {', '.join(map(_key, keys))}" for kind, keys in verified.examples.items() if keys]
    columns = ", ".join(name for name, _ in verified.differing.most_common(5))
    notes = [*examples, *([f"differs in {columns}"] if columns else []), *verified.outcome.notes]
    counts = [f"{verified.counts[kind]:,}" for kind in KINDS]
    return [
        verified.table,
        f"{verified.outcome.rows_read:,}",
        *counts,
        f"{verified.later.total():,}",
        f"{verified.repaired:,}",
        "; ".join(notes),
    ]


def _key(key: Sequence[Any]) -> str:
    return "/".join(map(str, key))
