"""``fieldhouse sync servicebridge --tables customers``, with eight requests in flight and the vendor's limits lifted.

The limits are published by the vendor and no setting lifts them: the benchmark takes them out of the vendor's value.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from tests.benchmarks.engines import CONCURRENCY


def main(url: str, warehouse: str, folder: str) -> int:
    from fieldhouse.pipelines.cli import process

    process.prepare(["sync"])
    from fieldhouse.pipelines.commands.sync import run
    from fieldhouse.pipelines.config.selection import jobs
    from fieldhouse.pipelines.config.settings import load
    from fieldhouse.sources.engine.changes.options import Options

    settings = load(
        {
            "HOME": folder,
            "SOURCES__SERVICEBRIDGE__BASE_URL": url,
            "SOURCES__SERVICEBRIDGE__AUTH": "basic",
            "SOURCES__SERVICEBRIDGE__USER_ID": "550000017",
            "SOURCES__SERVICEBRIDGE__PASSWORD": "secret",
            "SOURCES__SERVICEBRIDGE__MAX_CONCURRENCY": str(CONCURRENCY),
            "WAREHOUSE__URL": warehouse,
        },
        Path(folder),
    )
    (job,) = jobs(settings, ["servicebridge"], ["customers"])
    account = replace(job.account, vendor=replace(job.account.vendor, limits=()))
    return run(settings, [replace(job, account=account)], Options(), as_json=True)


def start() -> int:
    from fieldhouse.pipelines.cli import process

    process.prepare(["sync"])
    from fieldhouse.pipelines.commands import sync as sync
    from fieldhouse.pipelines.config.settings import load

    load({"HOME": "/"}, Path("/"))
    import duckdb as duckdb
    import httpx as httpx

    return 0


if __name__ == "__main__":
    code = start() if sys.argv[1] == "--start" else main(*sys.argv[1:])
    from fieldhouse.sources.engine.startup import exit_without_teardown

    exit_without_teardown(code)  # as the command does
