"""Does the governor keep ServiceBridge's published limits, and use nearly all of them?

    python -m tests.benchmarks.rate [--requests 10000] [--processes 1] [--latency 0.02] [--hourly N]

A stand-in of the vendor enforces 50 requests per second and 60,000 per hour with 429 and counts. It prints what the
vendor saw: the most in any second, refusals, and the share of the permitted rate that was used.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from fieldhouse.pipelines.config.settings import load
from fieldhouse.pipelines.sync.client import open_client
from fieldhouse.sources.engine.errors import TryLater
from fieldhouse.sources.engine.http.pagination import Request
from fieldhouse.sources.sandbox.server import environment, serve
from fieldhouse.sources.sandbox.servicebridge.api import ServiceBridgeSandbox


def vendor(latency: float, messages: Any) -> None:
    """The vendor, in a process of its own; answers ``count`` questions until it is ended."""
    box = ServiceBridgeSandbox(size=0.1, edge_cases=True)
    box.latency = latency
    with serve(box) as urls:
        messages.send(environment([box], urls))
        while messages.recv() == "counts":
            messages.send((box.requests(), box.peak_per_second, box.rejected))


def ask_away(settings: dict[str, str], requests: int, done: Any) -> None:
    """One process that has work for so many requests."""
    (account,) = load({"HOME": tempfile.gettempdir(), **settings}, Path(tempfile.gettempdir())).accounts
    sent, late = 0, ""
    with open_client(account) as (client, most), ThreadPoolExecutor(most) as pool:
        started = time.monotonic()
        ask = Request("Branches", {"page": 1, "pageSize": 1})
        try:
            for _ in pool.map(lambda _: client.get(ask), range(requests)):
                sent += 1
        except TryLater as error:
            late = str(error)
        done.send((sent, time.monotonic() - started, late))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--latency", type=float, default=0.02)
    parser.add_argument("--hourly", type=int, default=0, help="the account's own hourly budget")
    given = parser.parse_args()
    os.environ["FIELDHOUSE_PACE_DIR"] = tempfile.mkdtemp()
    here, there = multiprocessing.Pipe()
    server = multiprocessing.Process(target=vendor, args=(given.latency, there), daemon=True)
    server.start()
    settings = here.recv()
    if given.hourly:
        settings["SOURCES__SERVICEBRIDGE__REQUESTS_PER_HOUR"] = str(given.hourly)
    pipes = [multiprocessing.Pipe() for _ in range(given.processes)]
    share = given.requests // given.processes
    workers = [multiprocessing.Process(target=ask_away, args=(settings, share, end)) for _, end in pipes]
    for worker in workers:
        worker.start()
    results = [pipe.recv() for pipe, _ in pipes]
    here.send("counts")
    seen, peak, refused = here.recv()
    server.terminate()
    seconds = max(elapsed for _, elapsed, _ in results)
    print(f"{given.processes} process(es), {given.latency * 1000:g} ms of latency")
    print(f"requests seen by the vendor   {seen:,} in {seconds:.1f} s = {seen / seconds:.1f}/s")
    print(f"most in any second            {peak} of 50")
    print(f"refused with 429              {refused}")
    print(f"share of the permitted rate   {seen / seconds / 50:.1%}")
    for _, _, late in results:
        if late:
            print(f"ended early: {late}")


if __name__ == "__main__":
    main()
