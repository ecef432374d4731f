"""The command ``check``: are the credentials good, what may the key read, and which filters does the vendor honour.

Of accounts whose marts are built, it also reports the columns that no row fills.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from fieldhouse.pipelines.config.row_filters import row_filters
from fieldhouse.pipelines.config.selection import Job
from fieldhouse.pipelines.config.settings import Settings
from fieldhouse.pipelines.empty_columns import MARTS, EmptyColumn, empty_columns
from fieldhouse.pipelines.errors import describe_error, exit_code, message
from fieldhouse.pipelines.output.console import print_grid, print_json, print_line, quantity
from fieldhouse.pipelines.output.exit import print_errors
from fieldhouse.pipelines.output.progress import watching
from fieldhouse.pipelines.output.report import print_empty_columns
from fieldhouse.pipelines.sync.account_sync import Progress
from fieldhouse.pipelines.sync.accounts import run_accounts
from fieldhouse.pipelines.sync.client import open_client
from fieldhouse.pipelines.sync.column_privacy import person_like_columns, unmatched_rules
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.engine.changes.table_state import NOT_OFFERED
from fieldhouse.sources.engine.errors import SourceError, gravest
from fieldhouse.sources.engine.extract.run import Run
from fieldhouse.sources.engine.plan.probe import Probe, probe_tables
from fieldhouse.sources.engine.spec.incremental import ServerTime
from fieldhouse.sources.engine.spec.table import Table
from fieldhouse.warehouse.connect import open_warehouse
from fieldhouse.warehouse.errors import WarehouseError

_FILTERS = {
    "honoured": "works",
    "ignored": "ignored: every sync reads all rows",
    "unproven": "trusted to the vendor's text",
    "none": "",
}
_MARTS = f"SELECT DISTINCT table_name FROM information_schema.columns WHERE table_schema = '{MARTS}'"
_HEADERS = ("table", "readable", "filter", "requests")


@dataclass
class Check:
    """What was found out about one account; ``error`` is set where nothing of it can be asked.

    ``person_like`` are the globs by which ``personal_data`` covers undeclared columns, ``empty`` the columns of the
    marts that no row of the account fills.
    """

    account: str
    personal_data: str = "keep"
    person_like: tuple[str, ...] = ()
    probes: list[Probe] = field(default_factory=list)
    error: Exception | None = None
    notes: list[str] = field(default_factory=list)
    empty: tuple[EmptyColumn, ...] = ()

    @property
    def exit_code(self) -> int:
        errors = [self.error, *(probe.error for probe in self.probes)]
        return gravest([exit_code(error) for error in errors if error is not None])


class _NoMemory:
    """Stands in for the stored rows, which the readers of a check do not need."""

    def known(self, table: Table, keys: pa.Table | None, extra: Sequence[str]) -> pa.Table:
        raise AssertionError("a check compares nothing")

    def values(self, table: str, column: str, where: tuple[str, Any] | None) -> list[Any]:
        return []


def run(settings: Settings, jobs: Sequence[Job], *, as_json: bool = False) -> int:
    """Check the jobs' accounts, print what was found; the exit code."""
    with watching() as watch:
        futures = run_accounts(jobs, check_account, watch)
    checks = [_result(job, future) for job, future in zip(jobs, futures, strict=True)]
    _look_into_marts(settings, {job.account.schema: check for job, check in zip(jobs, checks, strict=True)})
    if as_json:
        print_json({"vendors": {check.account: _object(check) for check in checks}})
    else:
        for check in checks:
            _print_check(check)
    return gravest([check.exit_code for check in checks])


def check_account(job: Job, progress: Progress) -> Check:
    """Ask every table of the job once, and its filter once more."""
    vendor, setting = job.account.vendor, job.account.settings.personal_data
    covered = () if setting == "keep" else tuple(person_like_columns(vendor))
    check = Check(job.account.name, setting, covered, notes=unmatched_rules(job.account, {}))
    outcomes = [Outcome(table.name) for table in job.tables]
    options = Options(where=row_filters(job.account))
    with open_client(job.account) as (client, most), ThreadPoolExecutor(1, "request") as pool:
        try:
            moment = vendor.server_time(client) if vendor.server_time else ServerTime(datetime.now(UTC))
            asked = Run(
                vendor, job.account.name, client, _NoMemory(), moment, options, {}, _nothing, pool, most
            )
            for outcome, probe in zip(outcomes, probe_tables(asked, job.tables), strict=True):
                check.probes.append(probe)
                outcome.counter.sent, outcome.progress.phase = probe.requests, "done"
                progress(outcomes)
        except SourceError as error:
            check.error = error.at(job.account.name)
    return check


def _look_into_marts(settings: Settings, checks: Mapping[str, Check]) -> None:
    """Find the columns of the marts that no row of a checked account fills.

    Nothing is created, and a warehouse that cannot be read now is a note: the vendors were asked all the same.

    Args:
        checks: by the schema of their account, which is its name in the marts.
    """
    try:
        warehouse = open_warehouse(settings.warehouse_url, lock_wait=0)
        if not warehouse.exists():
            return
        with warehouse.read_only("fieldhouse check") as queries:
            marts = {name for (name,) in queries.fetch(_MARTS)[1]}
            empty = list(empty_columns(lambda sql: queries.fetch(sql)[1], marts))
    except WarehouseError as error:
        for check in checks.values():
            check.notes.append(f"the columns of the marts were not checked: {message(error)}")
        return
    for schema, check in checks.items():
        check.empty = tuple(column for column in empty if column.account == schema)


def _nothing(table: str, frames: object) -> None:
    raise AssertionError("a check keeps no rows")


def _result(job: Job, future: Future[Check]) -> Check:
    error = future.exception()
    if error is None:
        return future.result()
    if not isinstance(error, Exception):
        raise error
    return Check(job.account.name, error=error)


def _object(check: Check) -> Mapping[str, Any]:
    return {
        "tables": {
            probe.table: {
                "status": probe.status,
                "filter": probe.filter,
                "where": probe.where,
                "requests": probe.requests,
                "refused_params": list(probe.refused_params),
                "error": describe_error(probe.error) if probe.error else None,
            }
            for probe in check.probes
        },
        "personal_data": {"setting": check.personal_data, "undeclared": list(check.person_like)},
        "error": describe_error(check.error) if check.error else None,
        "exit_code": check.exit_code,
        "notes": check.notes,
        "empty_columns": [vars(empty) for empty in check.empty],
    }


def _print_check(check: Check) -> None:
    readable = sum(probe.status == "ok" for probe in check.probes)
    offered = [probe for probe in check.probes if probe.status != NOT_OFFERED]
    print_line(f"{check.account}: {readable} of {quantity(len(offered), 'table')} readable")
    if any(probe.requests or probe.error is None for probe in check.probes):
        print_grid(_HEADERS, [_row(probe) for probe in check.probes], ("requests",))
    if check.person_like:
        action = "not stored" if check.personal_data == "drop" else "stored as hashes"
        print_line(f"personal data is {action}, also in undeclared columns: {', '.join(check.person_like)}")
    for note in check.notes:
        print_line(f"warning: {note}")
    print_empty_columns(check.empty)
    print_errors(check.account, check.error, [(probe.table, probe.error) for probe in check.probes])
    print_line()


def _row(probe: Probe) -> list[str]:
    words = {"ok": "yes", "unknown": f"not asked: no row of {probe.via} to ask with"}
    word = words.get(probe.status, probe.status)
    if probe.via and probe.status == "ok":
        word = f"yes, in {probe.via}"
    if probe.where:
        word += f", where {probe.where}"
    if probe.refused_params:
        names = sorted({refused.rpartition(" ")[2] for refused in probe.refused_params})
        word += f"; the vendor refuses {', '.join(names)}, so that hidden rows or fields may be missing"
    return [probe.table, word, _FILTERS[probe.filter], f"{probe.requests}"]
