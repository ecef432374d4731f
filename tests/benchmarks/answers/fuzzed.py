"""Reads thousands of whole HTTP answers by chance, and reports the memory that it took.

Most are read into nothing; a quarter as many are synced into a warehouse with stored rows, where no row may change
unless the vendor sent it.

``python -m tests.benchmarks.answers.fuzzed [cases] [seed]``: 2,000 cases and a seed of its own by default.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, given, seed, settings

from tests.support.fuzzed_answers import FuzzedAnswer, answers, check
from tests.support.fuzzed_syncs import stored_rows

MOST_MEMORY = 500 * 1024 * 1024


def main(cases: int = 2000, start: int | None = None) -> None:
    start = random.randrange(2**32) if start is None else start
    print(f"{cases:,} answers, seed {start}")

    began = time.monotonic()
    _run(check, cases, start)
    print(f"read in {time.monotonic() - began:.0f} s")
    with tempfile.TemporaryDirectory() as folder, stored_rows(Path(folder)) as stored:
        _run(stored.check, -(-cases // 4), start)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(f"ok in {time.monotonic() - began:.0f} s, at most {memory / 1e6:.0f} MB")
    assert memory < MOST_MEMORY


def _run(check_answer: Callable[[FuzzedAnswer], None], cases: int, start: int) -> None:
    @seed(start)
    @settings(max_examples=cases, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(answers())
    def every(answer: FuzzedAnswer) -> None:
        check_answer(answer)

    every()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
