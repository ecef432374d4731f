"""Runs one sync in a process of its own, so that it can be killed for good.

As a module it is the parent of the process pool: it imports everything once and forks a child for each job that it
reads from standard input, a line of JSON each, so that a case does not pay for the imports.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from fieldhouse.pipelines.config.account import Account
from fieldhouse.pipelines.config.settings import load
from fieldhouse.sources import VENDORS
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.http.client import Api
from fieldhouse.warehouse.connect import open_warehouse
from tests.faults.injection_points import (
    InjectingSync,
    InjectingTransport,
    InjectingWarehouse,
    InjectionPoint,
    InjectionPoints,
    injecting_loader,
    watch_files,
)
from tests.faults.small_worlds import small_pages

_PRELOADED = (
    "dlt",
    "dlt.common.libs.pyarrow",
    "dlt.common.normalizers.naming.direct",
    "dlt.sources.helpers.requests",
    "dlt.destinations",
    "dlt.destinations.impl.duckdb.duck",
    "duckdb",
    "psycopg2",
    "pyarrow.parquet",
    *(f"sources.{vendor}.tables" for vendor in VENDORS),
)
_WHERE_INSTALLED = ("pandas",)
"""pyarrow imports it at its first array, 0.7 s of CPU."""


@dataclass(frozen=True)
class Job:
    """One sync: settings as environment variables, the warehouse, the tables, and the injection points on its way.

    Attributes:
        folder: stands in for the home folder, the project's and the machine's temporary one.
        page: rows on a page.
        fsize: bytes that one file may grow to; 0 for any.
        memory: bytes of address space beyond what the process has at its start; 0 for any.
    """

    environment: dict[str, str]
    url: str
    folder: str
    tables: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    points: tuple[InjectionPoint, ...] = ()
    page: int = 0
    slice_bytes: int = 0
    fsize: int = 0
    memory: int = 0
    lock_wait: float = 20.0
    signals: bool = False

    @property
    def temporary(self) -> Path:
        return Path(self.folder) / "tmp"

    @property
    def report(self) -> Path:
        """Where the child writes what its report says."""
        return Path(self.folder) / "told.json"

    @property
    def log(self) -> Path:
        """What the child says."""
        return Path(self.folder) / "child.log"

    def line(self) -> str:
        return json.dumps(asdict(self))

    @staticmethod
    def read(line: str) -> Job:
        given = json.loads(line)
        given["points"] = tuple(InjectionPoint(**item) for item in given["points"])
        return Job(**{**given, "tables": tuple(given["tables"])})


def account_of(job: Job, points: InjectionPoints) -> Account:
    """The account of the job's settings: short pages, no pauses, no limits, counted requests."""
    (account,) = load(job.environment, project=Path(job.folder)).accounts
    vendor = small_pages(account.vendor, job.page) if job.page else account.vendor
    connect = vendor.connect

    def connected(settings: Any) -> Api:
        api = connect(settings)
        given = {"sleep": lambda seconds: None, "wire": InjectingTransport(points)}
        return replace(api, extra={**api.extra, "transport": {**api.extra.get("transport", {}), **given}})

    return replace(account, vendor=replace(vendor, connect=connected, limits=()))


def perform(job: Job) -> int:
    """Run the job in this process; the exit code of its sync."""
    points = InjectionPoints(job.points)
    job.temporary.mkdir(exist_ok=True)
    tempfile.tempdir = str(job.temporary)
    if any(point.kind == "file" for point in job.points):
        watch_files(points, str(job.temporary))
    account = account_of(job, points)
    warehouse = InjectingWarehouse(open_warehouse(job.url, lock_wait=job.lock_wait), points)
    _limit(job)
    sync = InjectingSync(
        account,
        warehouse,  # type: ignore[arg-type]
        Options(**job.options),
        account.tables(job.tables),
        lambda outcomes: None,
        job.slice_bytes or None,
        0.01,
        injecting_loader(points),
    )
    sync.points = points
    report = sync.execute()
    result = {
        "exit": report.exit_code,
        "error": repr(report.error) if report.error else None,
        "tables": {o.table: repr(o.error) for o in report.outcomes if o.error},
    }
    job.report.write_text(json.dumps(result))
    return report.exit_code


def _limit(job: Job) -> None:
    if job.fsize:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (job.fsize, resource.RLIM_INFINITY))
    if job.memory:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + job.memory
        resource.setrlimit(resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))


def _ended(job: Job) -> int:
    """As a command ends: by the code of its sync, or of the signal that interrupted it."""
    if not job.signals:
        return perform(job)
    from fieldhouse.pipelines.output.exit import run_command

    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    return run_command(lambda: perform(job))


def _child(line: str) -> None:
    """Never returns."""
    job = Job.read(line)
    log = os.open(job.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    code = 1
    try:
        code = _ended(job)
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        sys.stderr.flush()
        os._exit(code)


def _waited(pid: int, seconds: float) -> int:
    """The child's exit code, or the negative number of the signal that ended it; after ``seconds`` it is killed."""
    until = time.monotonic() + seconds
    while True:
        ended_pid, status = os.waitpid(pid, os.WNOHANG)
        if ended_pid:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > until:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.005)


def main(arguments: Sequence[str]) -> None:
    """``driver.py JOB.json`` runs one job; without arguments, jobs are forked off as they come."""
    if arguments:
        sys.exit(_ended(Job.read(Path(arguments[0]).read_text())))
    for name in _PRELOADED:
        __import__(name)
    for name in _WHERE_INSTALLED:
        with suppress(ImportError):
            __import__(name)
    for line in sys.stdin:
        word, _, rest = line.partition(" ")
        if word == "wait":
            pid, seconds = rest.split()
            print(_waited(int(pid), float(seconds)), flush=True)
            continue
        child = os.fork()
        if not child:
            _child(rest)
        print(child, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
