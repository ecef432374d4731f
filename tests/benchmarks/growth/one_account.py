"""A sync of one account without changes, as the warehouse holds more accounts.

    python -m tests.benchmarks.growth.one_account [--accounts 1 10 40] [--tables tags,groups,users]
        [--warehouses duckdb postgres ducklake] [--trials 3] [--keep FILE]
    python -m tests.benchmarks.growth.one_account --read FILE --plot docs/accounts.svg

Accounts are BOSSDesk's, of one sandbox in this process. For each warehouse and number of accounts: bytes read, and CPU
seconds, with the start of the process; medians. ``--keep`` adds the figures to a file of JSON lines, for the picture.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from statistics import median

from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from fieldhouse.sources.sandbox.server import serve
from tests.benchmarks.growth.fleet import URLS, bytes_read, configure
from tests.benchmarks.plot import draw_accounts
from tests.benchmarks.results import AccountCost
from tests.support.postgres.postgres_server import fresh_database, running_postgres


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--accounts", nargs="+", type=int, default=[1, 10, 40])
    parser.add_argument("--tables", default="tags,groups,users")
    parser.add_argument(
        "--warehouses", nargs="+", choices=[*URLS, "postgres"], default=["duckdb", "postgres"]
    )
    parser.add_argument("--trials", type=int, default=3)
    parser.add_argument("--keep", type=Path, metavar="FILE")
    parser.add_argument(
        "--read", type=Path, metavar="FILE", help="draw what --keep kept, and measure nothing"
    )
    parser.add_argument("--plot", type=Path, metavar="SVG")
    given = parser.parse_args()
    if given.read:
        lines = given.read.read_text().splitlines()
        given.plot.write_text(draw_accounts(AccountCost(**json.loads(line)) for line in lines))
        return
    _measure(given)


def _measure(given: argparse.Namespace) -> None:
    box = BossDeskSandbox(size=0.05)
    with ExitStack() as opened:
        urls = opened.enter_context(serve(box))
        server = opened.enter_context(running_postgres()) if "postgres" in given.warehouses else ""
        print("| warehouse | accounts | read, MB | CPU s |\n| --- | ---: | ---: | ---: |", flush=True)
        for warehouse in given.warehouses:
            for count in given.accounts:
                folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
                configure(folder, box, urls["bossdesk"], count)
                url = (
                    opened.enter_context(fresh_database(server, f"of_{count}"))
                    if warehouse == "postgres"
                    else URLS[warehouse].format(folder=folder)
                )
                cost = _measured(folder, warehouse, url, count, given)
                print(f"| {warehouse} | {count} | {cost.read:.0f} | {cost.cpu:.2f} |", flush=True)
                if given.keep:
                    with given.keep.open("a") as kept:
                        kept.write(json.dumps(asdict(cost)) + "\n")


def _measured(folder: Path, warehouse: str, url: str, count: int, given: argparse.Namespace) -> AccountCost:
    _sync(folder, url, "bossdesk", given.tables)
    runs = [_sync(folder, url, "bossdesk.c000", given.tables) for _ in range(given.trials)]
    read, cpu = (median(values) for values in zip(*runs, strict=True))
    return AccountCost(warehouse, count, cpu, read)


def _sync(folder: Path, url: str, account: str, tables: str) -> tuple[float, float]:
    """MB read, and CPU seconds."""
    variables = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "WAREHOUSE__URL": url,
        "FIELDHOUSE_PACE_DIR": str(folder),
    }
    command = [sys.executable, "-m", "fieldhouse.pipelines.cli", "sync", account, "--tables", tables]
    process = subprocess.Popen(
        command, cwd=folder, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    read = 0
    while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        read = max(read, bytes_read(process.pid))
        time.sleep(0.01)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"{command} ended with {process.returncode}"
    return read / 1e6, usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
