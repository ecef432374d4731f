"""CPU of a sync that finds nothing new, start of the process included, and of the imports that it cannot do without.

    python -m tests.benchmarks.idle [--trials 15]

One Notific account of 120 rows in four tables, by plain HTTP on loopback, into a DuckDB file. The processes alternate:
the interpreter with DuckDB and httpx as they come; with every library that a sync uses, in the state in which it uses
them; and ``fieldhouse sync``.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from statistics import median

from fieldhouse.sources.sandbox.notific.api import NotificSandbox
from fieldhouse.sources.sandbox.server import serve

BARE = "import duckdb, httpx"
LIBRARIES = """
from fieldhouse.pipelines.cli import process
process.prepare(["sync"])  # imports typer, and sees to it that nothing imports pandas
import duckdb, httpx, pyarrow.compute, tenacity
from pydantic import BaseModel, SecretStr
httpx.HTTPTransport(verify=httpx.create_ssl_context())
"""
SYNC = "from fieldhouse.pipelines.cli import main; main()"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=15)
    trials = parser.parse_args().trials
    box = NotificSandbox(size=0.2)
    with serve(box) as urls, tempfile.TemporaryDirectory() as folder:
        access = box.settings(urls[box.name])
        settings = {
            **{f"SOURCES__NOTIFIC__{name.upper()}": value for name, value in access.items()},
            "WAREHOUSE__URL": f"duckdb:///{folder}/warehouse.duckdb",
            "HOME": folder,
        }
        programs = {"DuckDB and httpx": BARE, "all libraries of a sync": LIBRARIES, "fieldhouse sync": SYNC}
        cpu_seconds(SYNC, settings, folder)  # the first sync, which reads everything
        costs: dict[str, list[float]] = {name: [] for name in programs}
        for _ in range(trials):
            for name, program in programs.items():
                costs[name].append(cpu_seconds(program, settings, folder))
    bare = median(costs["DuckDB and httpx"])
    print("| process | CPU s, median | least | × DuckDB and httpx |\n| --- | ---: | ---: | ---: |")
    for name, seconds in costs.items():
        print(f"| {name} | {median(seconds):.3f} | {min(seconds):.3f} | {median(seconds) / bare:.2f} |")


def cpu_seconds(program: str, settings: dict[str, str], folder: str) -> float:
    """CPU seconds of ``python -c PROGRAM sync``; raises if it fails."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    started = subprocess.Popen(
        [sys.executable, "-c", program, "sync"],
        env={**kept, **settings},
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(started.pid, 0)
    started.returncode = os.waitstatus_to_exitcode(status)
    if started.returncode:
        raise SystemExit(f"ended with {started.returncode}: {program}")
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
