"""Group A8: two syncs at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from tests.faults.case import Case
from tests.faults.fault_bench import FaultBench
from tests.faults.fault_benches import FaultBenches
from tests.faults.groups.process import known
from tests.faults.injection_points import InjectionPoint
from tests.faults.process_pool import GRACE, KILLED, until
from tests.faults.small_worlds import SMALL_WORLDS
from tests.support.vendors.oracle import describe


def cases(seed: int) -> Iterator[Case]:
    for vendor in known(SMALL_WORLDS):
        for dialect in ("duckdb", "postgres"):
            yield Case(
                "A8", f"{vendor}-{dialect}-same-account", partial(_same_account, vendor, dialect, seed)
            )
            yield Case(
                "A8", f"{vendor}-{dialect}-holder-killed", partial(_holder_killed, vendor, dialect, seed)
            )
    pairs = [(one, two) for one in known(SMALL_WORLDS) for two in known(SMALL_WORLDS) if one < two]
    for one, two in pairs:
        yield Case("A8", f"{one}-and-{two}-in-one-file", partial(_one_file, one, two, seed))
    for one, two in pairs[:4]:
        yield Case("A8", f"{one}-loads-while-{two}-reads", partial(_overlapping, one, two, seed))


def _same_account(vendor: str, dialect: str, seed: int, benches: FaultBenches) -> None:
    """The second one says who holds the lock, and ends at once with exit 3."""
    with _stopped_sync(benches, vendor, dialect, seed, InjectionPoint("request", 2, act="hold")) as (
        bench,
        running,
        gate,
    ):
        started = time.monotonic()
        second = bench.sync(sweep=True)
        took = time.monotonic() - started
        assert second.exit_code == 3
        assert str(running.pid) in str(second.error), second.error
        assert took < GRACE, f"it took {took:.1f} s"
        gate.touch()
        assert running.ended().code == 0
        bench.judge()
        bench.healed()


def _holder_killed(vendor: str, dialect: str, seed: int, benches: FaultBenches) -> None:
    """A dead process holds nothing."""
    point = InjectionPoint("step", 1, "after", "landing", "hold")
    with _stopped_sync(benches, vendor, dialect, seed, point) as (bench, running, _):
        assert bench.sync(sweep=True).exit_code == 3
        running.kill()
        assert running.ended().code == KILLED
        bench.healed()


@contextmanager
def _stopped_sync(
    benches: FaultBenches, vendor: str, dialect: str, seed: int, point: InjectionPoint
) -> Iterator[tuple[FaultBench, Any, Path]]:
    with benches.bench(vendor, dialect, seed, sockets=True) as bench:
        bench.edit(8)
        bench.editor.change(bench.small_world.main)
        gate = bench.folder / "gate"
        hold = InjectionPoint(point.kind, point.n, point.when, point.match, "hold", str(gate))
        running = bench.started(hold, options={"sweep": True})
        until(gate.with_name("gate.held").exists)
        yield bench, running, gate


def _one_file(one: str, two: str, seed: int, benches: FaultBenches) -> None:
    """First syncs of two accounts into one DuckDB file, at the same time; then both again."""
    with (
        benches.bench(one, seed=seed, first=True, sockets=True) as left,
        benches.bench(two, seed=seed, first=True, sockets=True) as right,
    ):
        _share(left, right)
        for _ in range(2):
            both = [bench.started(options={"sweep": True}) for bench in (left, right)]
            endings = [running.ended() for running in both]
            assert [ending.code for ending in endings] == [0, 0], endings
            for bench in (left, right):
                bench.editor.swept()
                _judge_rows(bench)
                bench.edit(8)


def _overlapping(one: str, two: str, seed: int, benches: FaultBenches) -> None:
    """While one account reads, the other loads into the same file: extraction holds no lock on it."""
    with (
        benches.bench(one, seed=seed, first=True, sockets=True) as left,
        benches.bench(two, seed=seed, first=True, sockets=True) as right,
    ):
        _share(left, right)
        gate = right.folder / "gate"
        reading = right.started(InjectionPoint("request", 3, act="hold", gate=str(gate)))
        until(gate.with_name("gate.held").exists)
        assert left.broken(options={"sweep": True}).code == 0
        _judge_rows(left)
        gate.touch()
        assert reading.ended().code == 0
        _judge_rows(right)


def _share(left: FaultBench, right: FaultBench) -> None:
    right.url = left.url
    right.__post_init__()


def _judge_rows(bench: FaultBench) -> None:
    remaining = bench.differences()
    assert not remaining, describe(remaining)
