"""The command ``plan``: what the next sync will ask for, and how long it takes."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from fieldhouse.pipelines.config.selection import Job
from fieldhouse.pipelines.config.settings import Settings
from fieldhouse.pipelines.errors import describe_error
from fieldhouse.pipelines.inspect.plan import Plan, plan_account
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
from fieldhouse.pipelines.sync.account_sync import Progress
from fieldhouse.pipelines.sync.accounts import run_accounts
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.errors import gravest
from fieldhouse.sources.engine.plan.scan_estimate import Forecast
from fieldhouse.warehouse.connect import open_warehouse

_HEADERS = ("table", "how", "requests", "rows", "for")


def run(settings: Settings, jobs: Sequence[Job], options: Options, *, as_json: bool = False) -> int:
    """Plan the jobs' next sync and print it; the exit code."""
    warehouse = open_warehouse(settings.warehouse_url, lock_wait=settings.lock_wait, say=log_line)

    def one(job: Job, progress: Progress) -> Plan:
        return plan_account(job.account, warehouse, options, tables=job.tables, progress=progress)

    with watching() as watch:
        futures = run_accounts(jobs, one, watch, at_once=settings.sync.max_accounts)
    plans = [_result(job, future) for job, future in zip(jobs, futures, strict=True)]
    if as_json:
        print_json({"vendors": {plan.account: _object(plan) for plan in plans}})
    else:
        for plan in plans:
            _print_plan(plan)
    return gravest([plan.exit_code for plan in plans])


def _result(job: Job, future: Future[Plan]) -> Plan:
    error = future.exception()
    if error is None:
        return future.result()
    if not isinstance(error, Exception):
        raise error
    return Plan(job.account.name, error=error)


def _object(plan: Plan) -> dict[str, Any]:
    return {
        "tables": {
            table.table: {
                "how": table.how,
                "requests": table.requests,
                "parts": table.parts,
                "rows": table.rows,
                "error": describe_error(table.error) if table.error else None,
            }
            for table in plan.tables
        },
        "error": describe_error(plan.error) if plan.error else None,
        "exit_code": plan.exit_code,
        "requests": plan.requests,
        "probes": plan.probes,
        "seconds": round(plan.seconds, 1),
    }


def _print_plan(plan: Plan) -> None:
    print_line(
        f"{plan.account}: the next sync sends about {quantity(plan.requests, 'request')} and takes at"
        f" least {duration(plan.seconds)}; this plan sent {plan.probes:,}"
    )
    if plan.tables:
        print_grid(_HEADERS, [_row(table) for table in plan.tables], ("requests", "rows"))
    print_errors(plan.account, plan.error, [(table.table, table.error) for table in plan.tables])
    print_line()


def _row(table: Forecast) -> list[str]:
    rows = "" if table.rows is None else f"{table.rows:,}"
    parts = ", ".join(f"{what} {count:,}" for what, count in table.parts.items())
    return [table.table, table.how, f"{table.requests:,}", rows, parts]
