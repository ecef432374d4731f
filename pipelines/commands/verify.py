"""The command ``verify``: differences between warehouse and vendor, told and mended."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from fieldhouse.pipelines.config.selection import Job
from fieldhouse.pipelines.config.settings import Settings
from fieldhouse.pipelines.errors import describe_error, exit_code
from fieldhouse.pipelines.inspect.compare_loader import KINDS, Verified
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
from fieldhouse.warehouse.connect import open_warehouse

_HEADERS = ("table", "compared", *KINDS, "repaired", "what to know")
_NUMBERS = ("compared", *KINDS, "repaired")


def run(settings: Settings, jobs: Sequence[Job], *, repair: bool = False, as_json: bool = False) -> int:
    """Verify the jobs' accounts, print what was found, give readers what was mended; the exit code."""
    warehouse = open_warehouse(settings.warehouse_url, lock_wait=settings.lock_wait, say=log_line)
    if repair:
        check_copy(warehouse, settings.publish)

    def one(job: Job, progress: Progress) -> VerifyReport:
        return verify_account(
            job.account, warehouse, Options(), tables=job.tables, repair=repair, progress=progress
        )

    with watching() as watch:
        futures = run_accounts(jobs, one, watch)
    reports = [_result(job, future) for job, future in zip(jobs, futures, strict=True)]
    copy = settings.publish if any(report.repaired for report in reports) else None
    failed = publish_copy(warehouse, copy, wrote=any(report.wrote for report in reports))
    if as_json:
        found = {"vendors": {report.account: _object(report) for report in reports}}
        print_json({**found, **({"publish_error": describe_error(failed)} if failed else {})})
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
        "tables": {each.table: _table(each) for each in report.tables},
        "error": describe_error(report.error) if report.error else None,
        "exit_code": report.exit_code,
        "requests": report.requests,
        "seconds": round(report.seconds, 3),
    }


def _table(each: Verified) -> dict[str, Any]:
    return {
        "status": each.outcome.status,
        "rows_read": each.outcome.rows_read,
        **{kind: each.counts[kind] for kind in KINDS},
        "examples": {kind: [list(key) for key in keys] for kind, keys in each.examples.items()},
        "differs_in": dict(each.differing),
        "repaired": each.repaired,
        "notes": each.outcome.notes,
        "error": describe_error(each.outcome.error) if each.outcome.error else None,
    }


def _print_report(report: VerifyReport, repair: bool) -> None:
    found = sum(each.differences for each in report.tables)
    compared, whole = sum(not each.outcome.error for each in report.tables), len(report.tables)
    among = quantity(whole, "table") if compared == whole else f"{compared} of {quantity(whole, 'table')}"
    print_line(
        f"{report.account}: {quantity(found, 'difference')} in {among};"
        f" {quantity(report.requests, 'request')} in {duration(report.seconds)}"
    )
    news = [each for each in report.tables if each.differences or each.outcome.notes]
    if news:
        print_grid(_HEADERS, [_row(each) for each in news], _NUMBERS)
    same = [each.table for each in report.tables if each not in news and not each.outcome.error]
    if same:
        print_line(f"the same at the vendor ({len(same)}): {', '.join(same)}")
    print_errors(report.account, report.error, [(each.table, each.outcome.error) for each in report.tables])
    if any(each.differences > each.repaired for each in report.tables if not each.outcome.error):
        step = "Run it again: rows may have changed meanwhile." if repair else "Mend it with --repair."
        print_line(f"  -> {step}")
    print_line()


def _row(each: Verified) -> list[str]:
    parts = [f"{kind}: {', '.join(map(_key, keys))}" for kind, keys in each.examples.items() if keys]
    differs = ", ".join(name for name, _ in each.differing.most_common(5))
    notes = [*parts, *([f"differs in {differs}"] if differs else []), *each.outcome.notes]
    counts = [f"{each.counts[kind]:,}" for kind in KINDS]
    return [each.table, f"{each.outcome.rows_read:,}", *counts, f"{each.repaired:,}", "; ".join(notes)]


def _key(key: Sequence[Any]) -> str:
    return "/".join(map(str, key))
