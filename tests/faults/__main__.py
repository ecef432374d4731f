"""Runs the matrix: ``python -m tests.faults --all [--seed N] [--group A] [--case ID] [--workers N]``.

How far it is stands on standard error; what went wrong, with the command that plays it again, and the table on
standard output.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path

from tests.faults.case import GROUPS, Case
from tests.faults.registry import all_cases, sample_of
from tests.faults.runner import PlayOptions, Result, close, play
from tests.faults.warehouses import FILES, WAREHOUSES
from tests.support.postgres.postgres_server import GIVEN, running_postgres

PROGRESS_EVERY = 25
"""Cases between two lines that tell how far it is."""


def main(arguments: Sequence[str]) -> int:
    given = _arguments(arguments)
    cases = sample_of(
        all_cases(given.seed),
        group=given.group,
        case=given.case,
        sample=given.sample,
        warehouse=given.warehouse,
    )
    if given.list:
        print("\n".join(case.id for case in cases))
        return 0
    started = time.monotonic()
    results = _recorded(given.record, {case.id for case in cases})
    played = {result.id for result in results}
    manner = PlayOptions(given.seed, given.warehouse, given.dlt)
    with _postgres(given.warehouse):
        for result in _played([case for case in cases if case.id not in played], manner, given.workers):
            results.append(result)
            _record(given.record, result)
            if result.error:
                print(f"FAILED {result.id}\n{result.error}")
                print(f"  again: python -m tests.faults {_again(manner)} --case {result.id}", flush=True)
            if len(results) % PROGRESS_EVERY == 0:
                took = time.monotonic() - started
                print(f"{len(results)} of {len(cases)} cases, {took:.0f} s", file=sys.stderr, flush=True)
    print(table(results))
    print(f"seed {given.seed}, {time.monotonic() - started:.0f} s")
    return 1 if any(result.error for result in results) else 0


def _recorded(file: Path | None, wanted: set[str]) -> list[Result]:
    """The results of an earlier run of these cases that ended before its last case; mismatches are played again."""
    if file is None or not file.exists():
        return []
    results = [Result(**json.loads(line)) for line in file.read_text().splitlines()]
    return list({one.id: one for one in results if one.id in wanted and not one.error}.values())


def _record(file: Path | None, result: Result) -> None:
    if file:
        with file.open("a") as lines:
            lines.write(f"{json.dumps(asdict(result))}\n")


def _again(manner: PlayOptions) -> str:
    where = f" --warehouse {manner.warehouse}" if manner.warehouse else ""
    return f"--seed {manner.seed}{where}{' --dlt' if manner.all_by_dlt else ''}"


def _played(cases: Sequence[Case], manner: PlayOptions, workers: int) -> Iterator[Result]:
    if workers == 1 or len(cases) == 1:
        yield from (play(manner, case.id) for case in cases)
        close()
        return
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        futures = [pool.submit(play, manner, case.id) for case in cases]
        for future in as_completed(futures):
            yield future.result()


@contextmanager
def _postgres(warehouse: str) -> Iterator[None]:
    """A server, unless one is given or no case needs it."""
    if os.environ.get(GIVEN) or warehouse in FILES:
        yield
        return
    with running_postgres() as url:
        os.environ[GIVEN] = url
        yield


def table(results: Sequence[Result]) -> str:
    """Groups, cases, mismatches, skipped, seconds."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for result in results:
        of = counts[result.group]
        of.update(cases=1, failed=int(bool(result.error)), skipped=int(bool(result.skipped)))
        of["seconds"] += round(result.seconds * 1000)
    lines = [
        "| group | what happens | cases | mismatches | skipped | s |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for group in [group for group in GROUPS if group in counts]:
        of = counts[group]
        lines.append(_line(group, GROUPS[group], of))
    total: Counter[str] = sum(counts.values(), Counter())
    return "\n".join([*lines, _line("", "all", total)])


def _line(group: str, title: str, of: Counter[str]) -> str:
    cells = (group, title, of["cases"], of["failed"], of["skipped"], f"{of['seconds'] / 1000:.0f}")
    return f"| {' | '.join(map(str, cells))} |"


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--all", action="store_true", help="every case (the default without --sample)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--group", default="", help="a group, or its first letters: A, B12")
    parser.add_argument("--case", default="", help="one case by its id, or all whose id contains this")
    parser.add_argument("--sample", type=int, default=0, help="so many cases, evenly over the groups")
    parser.add_argument(
        "--warehouse",
        default="",
        choices=("", *WAREHOUSES),
        help="of all cases, without those that cannot happen in it; else each case's own",
    )
    parser.add_argument("--dlt", action="store_true", help="let dlt land the rows of every case")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--record", type=Path, help="file of results: a run that was interrupted continues after the last"
    )
    parser.add_argument("--list", action="store_true", help="only say which cases there are")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
