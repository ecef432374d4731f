"""Every read of every vendor with every wrong answer: ``python -m tests.benchmarks.answers.wrong [VENDOR…]``.

Prints a line per broken promise and one per vendor with the number of cases and the seconds of CPU; exits 1 if a
promise is broken.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from fieldhouse.sources.sandbox import SANDBOXES
from tests.support.sync_harness import duckdb_url, open_harness
from tests.support.vendors.wrong_answers import WRONG, content, faults_of, tables_of_reads


def run(vendor: str, folder: Path) -> int:
    """The number of cases of ``vendor`` that break a promise."""
    started, broken, cases = time.process_time(), 0, 0
    with open_harness(SANDBOXES[vendor](size=0.03, edge_cases=True), duckdb_url(folder), folder) as harness:
        for _ in range(2):
            assert harness.sync().exit_code == 0
        before = content(harness)
        for read, tables in sorted(tables_of_reads(harness).items()):
            for wrong in WRONG:
                cases += 1
                faults = list(faults_of(harness, read, wrong, tables, before))
                if faults:
                    broken += 1
                    print(f"{vendor}: {read} ({', '.join(tables)}), {wrong}: {'; '.join(faults)}", flush=True)
                    harness.sync(full=True)
        if differences := harness.differences():
            broken += 1
            print(f"{vendor}: {len(differences)} differences at the end", flush=True)
    print(f"{vendor}: {cases} cases, {broken} broken, {time.process_time() - started:.0f} s", flush=True)
    return broken


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        broken = 0
        for vendor in sys.argv[1:] or SANDBOXES:
            (Path(folder) / vendor).mkdir()
            broken += run(vendor, Path(folder) / vendor)
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
