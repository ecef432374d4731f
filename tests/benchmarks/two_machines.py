"""Two workers that share nothing but the warehouse: one is killed in mid-slice, the other takes over. Needs root.

    sudo python -m tests.benchmarks.two_machines [--trials 5]

Each worker is a network namespace with an address of its own and a home and a working directory that were empty;
the warehouse and the vendor's stand-in are reached through a bridge. Both draw on one shared budget. Prints a line a
trial; the exit code is 1 where the warehouse is not the vendor's truth, or a request was not written down.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from fieldhouse.sources.sandbox.sandbox import Answer, Call
from fieldhouse.sources.sandbox.server import environment, serve
from fieldhouse.warehouse.connect import open_warehouse
from tests.benchmarks.two_accounts import fresh
from tests.support.postgres.postgres_proxy import proxy_to
from tests.support.postgres.postgres_server import running_postgres
from tests.support.vendors.oracle import differences
from tests.support.warehouse.warehouse_snapshot import read_snapshot

BRIDGE = "fieldhouse0"
HERE = "10.203.7.1"
ROOT = Path(__file__).parent.parent.parent


@contextmanager
def bridge() -> Iterator[None]:
    """The way from the machines to this one."""
    ip("link", "add", BRIDGE, "type", "bridge")
    try:
        ip("addr", "add", f"{HERE}/24", "dev", BRIDGE)
        ip("link", "set", BRIDGE, "up")
        yield
    finally:
        ip("link", "del", BRIDGE)


@contextmanager
def machine(number: int) -> Iterator[str]:
    """A network namespace that reaches the bridge and nothing else; its name."""
    name = f"fieldhouse-{number}"
    ip("netns", "add", name)
    try:
        ip("link", "add", f"fh{number}", "type", "veth", "peer", "name", "eth0", "netns", name)
        ip("link", "set", f"fh{number}", "master", BRIDGE, "up")
        for command in (
            ("addr", "add", f"10.203.7.{10 + number}/24", "dev", "eth0"),
            ("link", "set", "eth0", "up"),
        ):
            ip("-n", name, *command)
        yield name
    finally:
        ip("netns", "del", name)


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


@contextmanager
def worker(name: str, settings: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A sync on the machine of that name."""
    with tempfile.TemporaryDirectory() as folder:
        variables = {"PATH": os.environ["PATH"], "HOME": folder, "PYTHONPATH": str(ROOT), **settings}
        command = [
            "ip",
            "netns",
            "exec",
            name,
            sys.executable,
            "-m",
            "fieldhouse.pipelines.cli",
            "sync",
            "bossdesk",
        ]
        streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        with subprocess.Popen(command, cwd=folder, env=variables, **streams) as process:
            try:
                yield process
            finally:
                process.kill()


def until(what: str, url: str, process: subprocess.Popen[str], seconds: float = 120) -> None:
    """Waits until a query at the warehouse has rows, as long as the worker lives."""
    end = time.monotonic() + seconds
    with open_warehouse(url).session() as session:
        while not session.fetch(what):
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"it never came so far: {process.communicate()}")
            time.sleep(0.005)


def trial(server: str, number: int) -> list[str]:
    """What is wrong after a takeover."""
    box = BossDeskSandbox(seed=number, size=0.25, edge_cases=True)
    box.limits = ()
    box.enforce_limits = False  # type: ignore[attr-defined]
    asked = [0]

    def count(call: Call, answer: Answer) -> Answer | None:
        asked[0] += 1
        return None

    box.faults.append(count)
    with ExitStack() as open_:
        url = open_.enter_context(fresh(server, f"machines_{os.getpid()}_{number}"))
        desk = open_.enter_context(serve(box))["bossdesk"]
        database = open_.enter_context(proxy_to(url, HERE)).url
        port = urlsplit(desk).port
        outside = open_.enter_context(proxy_to(f"http://127.0.0.1:{port}", HERE)).url
        one, two = (open_.enter_context(machine(n)) for n in (1, 2))
        settings = {
            **environment([box], {"bossdesk": desk.replace(f"http://127.0.0.1:{port}", outside)}),
            "SOURCES__BOSSDESK__ALLOW_HTTP": "true",
            "SOURCES__BOSSDESK__REQUESTS_PER_HOUR": "100000",
            "WAREHOUSE__URL": database,
            "WAREHOUSE__SHARE_LIMITS": "true",
        }
        with worker(one, settings) as first:
            until("SELECT 1 FROM pg_namespace WHERE nspname LIKE '%\\_\\_landing%'", url, first)
            first.send_signal(signal.SIGKILL)
            first.wait()
        with worker(two, settings) as second:
            output = second.communicate()
        results = [str(one) for one in differences(read_snapshot(url, "bossdesk"), "bossdesk", box.truth())]
        if second.returncode:
            results.append(f"the second ended with {second.returncode}: {output}")
        with open_warehouse(url).session() as session:
            left = session.fetch("SELECT nspname FROM pg_namespace WHERE nspname LIKE '%\\_\\_landing%'")
            ((granted,),) = session.fetch("SELECT max(used) FROM fieldhouse.budgets")
        results += [f"left behind: {left}"] if left else []
        if granted < asked[0]:
            results.append(f"{asked[0]} requests were sent and {granted} granted")
        print(f"  {asked[0]} requests of both, {granted} grants in the shared budget", flush=True)
        return results


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=5)
    given = parser.parse_args()
    wrong = 0
    with running_postgres() as server, bridge():
        for number in range(1, given.trials + 1):
            results = trial(server, number)
            wrong += bool(results)
            print(f"trial {number}: {'; '.join(results[:5]) or 'taken over, equal'}", flush=True)
    print(f"{given.trials - wrong} of {given.trials} correct")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
