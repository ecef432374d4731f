"""A fleet: accounts of one vendor from one template, synced by one command, twice; what it takes as their number grows.

    python -m tests.benchmarks.growth.fleet [--accounts 8,40,200] [--tables tags,groups,users]
        [--warehouse duckdb|ducklake|postgres] [--size 0.05]

For each number of accounts and run: exit code, complete accounts, most threads and open files at once, the most memory,
CPU seconds, and bytes read. Open files are limited to 1,024. The vendor's sandbox runs in this process.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from fieldhouse.sources.sandbox.server import serve
from tests.support.postgres.postgres_server import fresh_database, running_postgres

OPEN_FILES = 1_024
URLS = {
    "duckdb": "duckdb:///{folder}/fleet.duckdb",
    "ducklake": "ducklake:sqlite:///{folder}/fleet.sqlite?data={folder}/data",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", default="8,40,200")
    parser.add_argument("--tables", default="tags,groups,users")
    parser.add_argument("--warehouse", choices=[*URLS, "postgres"], default="duckdb")
    parser.add_argument("--size", type=float, default=0.05, help="of the sandbox: 1 has 90 users, 0.05 has 5")
    given = parser.parse_args()
    box = BossDeskSandbox(size=given.size, edge_cases=True)
    with ExitStack() as opened:
        urls = opened.enter_context(serve(box))
        server = opened.enter_context(running_postgres()) if given.warehouse == "postgres" else ""
        for count in map(int, given.accounts.split(",")):
            with tempfile.TemporaryDirectory() as folder:
                configure(Path(folder), box, urls["bossdesk"], count)
                url = (
                    opened.enter_context(fresh_database(server, f"fleet_{count}"))
                    if server
                    else URLS[given.warehouse].format(folder=folder)
                )
                for run in ("first", "quiet"):
                    print(
                        f"{count:4} accounts, {run}: {_measured(Path(folder), url, given.tables, count)}",
                        flush=True,
                    )
    return 0


def configure(folder: Path, box: BossDeskSandbox, address: str, count: int) -> None:
    (folder / ".dlt").mkdir()
    lines = [f'{name} = "{value}"' for name, value in box.settings(address).items()]
    names = json.dumps([f"c{number:03}" for number in range(count)])
    file = folder / ".dlt" / "secrets.toml"
    file.write_text("\n".join(["[sources.bossdesk]", f"accounts = {names}", *lines]))
    file.chmod(0o600)


def _measured(folder: Path, url: str, tables: str, count: int) -> str:
    variables = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "WAREHOUSE__URL": url,
        "FIELDHOUSE_PACE_DIR": str(folder),
    }
    command = [sys.executable, "-m", "fieldhouse.pipelines.cli", "sync", "--tables", tables, "--json"]
    limit = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))  # noqa: E731
    with tempfile.TemporaryFile() as output:
        started = time.monotonic()
        process = subprocess.Popen(
            command, cwd=folder, env=variables, stdout=output, stderr=subprocess.DEVNULL, preexec_fn=limit
        )
        threads = files = read = 0
        while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            threads = max(threads, len(_listed(process.pid, "task")))
            files = max(files, len(_listed(process.pid, "fd")))
            read = max(read, bytes_read(process.pid))
            time.sleep(0.1)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        vendors = json.loads(output.read() or b"{}").get("vendors", {})
    complete = sum(
        all(table["status"] == "ok" for table in account["tables"].values()) for account in vendors.values()
    )
    return (
        f"exit {process.returncode}, {complete} of {count} complete, {threads} threads, {files} open files,"
        f" {usage.ru_maxrss / 1024:.0f} MB, {usage.ru_utime + usage.ru_stime:.1f} CPU s,"
        f" {read / 1e6:.0f} MB read, {time.monotonic() - started:.0f} s"
    )


def _listed(process: int, kind: str) -> list[str]:
    try:
        return os.listdir(f"/proc/{process}/{kind}")
    except OSError:
        return []


def bytes_read(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/io").read_text().split("rchar: ")[1].split()[0])
    except (OSError, IndexError):
        return 0


if __name__ == "__main__":
    sys.exit(main())
