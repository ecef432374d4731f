"""The command ``sync``: settings, the accounts side by side, the report, the published copy."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from fieldhouse import __version__
from fieldhouse.pipelines.config.selection import Job
from fieldhouse.pipelines.config.settings import Settings
from fieldhouse.pipelines.errors import describe_error, exit_code
from fieldhouse.pipelines.monitoring.notify import notify_sync
from fieldhouse.pipelines.output.console import log_event, log_line, print_json, print_line
from fieldhouse.pipelines.output.exit import log_traceback
from fieldhouse.pipelines.output.log_files import log_file
from fieldhouse.pipelines.output.progress import watching
from fieldhouse.pipelines.output.report import document, log_reports, print_publish_error, print_report
from fieldhouse.pipelines.sync.accounts import sync_accounts
from fieldhouse.pipelines.sync.publish import check_copy, publish_copy
from fieldhouse.pipelines.sync.report import Report
from fieldhouse.sources.engine import startup
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.errors import gravest
from fieldhouse.warehouse.connect import open_warehouse


def run(
    settings: Settings,
    jobs: Sequence[Job],
    options: Options,
    *,
    as_json: bool = False,
    verbose: bool = False,
    debug: bool = False,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Sync the jobs, report, publish; the exit code. ``sleep`` waits for a warehouse that cannot be had yet."""
    startup.collect_garbage_seldom(freeze=True)
    startup.switch_threads_often()
    with log_file(settings.logs.folder, settings.logs.max_age) as log:
        _log_start(jobs, options)
        warehouse = open_warehouse(
            settings.warehouse_url,
            lock_wait=settings.lock_wait,
            sleep=sleep,
            say=log_line,
            grant_read=settings.grant_read,
        )
        check_copy(warehouse, settings.publish)
        with watching(verbose=verbose, logged=log is not None) as watch:
            reports = sync_accounts(jobs, warehouse, options, watch, at_once=settings.sync.max_accounts)
        failed = publish_copy(warehouse, settings.publish, wrote=any(report.wrote for report in reports))
        log_reports(reports)
        if debug:
            _log_tracebacks(reports)
        if as_json:
            print_json({**document(reports), **({"publish_error": describe_error(failed)} if failed else {})})
        else:
            for report in reports:
                print_report(report, warehouse.display, every=verbose)
            if failed:
                print_publish_error(failed)
        notify_sync(settings, warehouse, reports)
        code = gravest([*(report.exit_code for report in reports), *([exit_code(failed)] if failed else [])])
        log_event("sync ended", exit_code=code)
    if log and code and not as_json:
        print_line(f"log: {log}")
    return code


def _log_start(jobs: Sequence[Job], options: Options) -> None:
    asked = {
        "full": options.full,
        "sweep": options.sweep,
        "since": options.since,
        "until": options.until,
    }
    log_event(
        "sync started",
        version=__version__,
        tables={job.account.name: [table.name for table in job.tables] for job in jobs},
        options={name: value for name, value in asked.items() if value},
    )


def _log_tracebacks(reports: Sequence[Report]) -> None:
    for report in reports:
        for error in report.errors:
            log_traceback(error)
