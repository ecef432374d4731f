"""Pace: published limits hold in any window, over processes and restarts; the gate adapts."""

from __future__ import annotations

import multiprocessing
import threading
from itertools import pairwise
from pathlib import Path

import pytest

from fieldhouse.sources.engine.errors import TryLater
from fieldhouse.sources.engine.http.concurrency import ConcurrencyLimiter
from fieldhouse.sources.engine.http.rate_limit import RateLimiter


class Time:
    """A clock that sleeping moves."""

    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def governor(path: Path, time: Time, *limits: tuple[int, float], patience: float = 120.0) -> RateLimiter:
    return RateLimiter(limits, path, patience=patience, clock=time.clock, sleep=time.sleep)


def most_in_any(grants: list[float], seconds: float) -> int:
    """The most grants in any window of so many seconds."""
    most, start = 0, 0
    for end, grant in enumerate(grants):
        while grants[start] <= grant - seconds:
            start += 1
        most = max(most, end - start + 1)
    return most


def test_never_more_than_published_in_any_second_and_nearly_all_of_it(tmp_path: Path) -> None:
    time = Time()
    one = governor(tmp_path / "host.pace", time, (50, 1.0), (60_000, 3600.0))
    grants = []
    for _ in range(2_000):
        one.wait()
        grants.append(time.now)
    assert most_in_any(grants, 1.0) <= 50
    assert len(grants) / (grants[-1] - grants[0]) >= 0.95 * 50


def test_a_machine_that_wakes_threads_late_spaces_wider_and_forgets_it(tmp_path: Path) -> None:
    time = Time()
    late = 0.025
    one = RateLimiter(
        ((50, 1.0),),
        tmp_path / "host.pace",
        clock=time.clock,
        sleep=lambda seconds: time.sleep(seconds + late),
    )

    def rate(count: int) -> float:
        began = time.now
        for _ in range(count):
            one.wait()
        return count / (time.now - began)

    assert rate(50) < 0.9 * 50
    late = 0.0
    rate(1_000)
    assert rate(50) >= 0.95 * 50


def test_two_governors_share_the_limit_through_the_file(tmp_path: Path) -> None:
    time = Time()
    both = [governor(tmp_path / "host.pace", time, (50, 1.0)) for _ in range(2)]
    grants = []
    for turn in range(500):
        both[turn % 2].wait()
        grants.append(time.now)
    assert most_in_any(grants, 1.0) <= 50


def test_the_hourly_budget_survives_a_restart(tmp_path: Path) -> None:
    time = Time()
    before = governor(tmp_path / "host.pace", time, (20, 3600.0), patience=10.0)
    for _ in range(20):
        before.wait()
    time.now += 600
    after = governor(tmp_path / "host.pace", time, (20, 3600.0), patience=10.0)
    with pytest.raises(TryLater) as late:
        after.wait()
    assert late.value.after is not None
    assert 2_990 <= late.value.after <= 3_010
    assert "51 minutes" in late.value.do
    time.now += 3_001
    after.wait()


def _grants(path: str, count: int, queue: multiprocessing.Queue[list[float]]) -> None:
    """Reserve grants with a clock that stands still: their times are the reservations."""
    one = RateLimiter(
        ((50, 1.0),), Path(path), patience=1e9, clock=lambda: 1_000.0, sleep=lambda seconds: None
    )
    queue.put([one.reserve() for _ in range(count)])


def test_two_processes_never_get_the_same_slot(tmp_path: Path) -> None:
    queue: multiprocessing.Queue[list[float]] = multiprocessing.Queue()
    path = str(tmp_path / "host.pace")
    workers = [multiprocessing.Process(target=_grants, args=(path, 300, queue)) for _ in range(2)]
    for worker in workers:
        worker.start()
    grants = sorted(queue.get(timeout=30) + queue.get(timeout=30))
    for worker in workers:
        worker.join(30)
    assert len(set(grants)) == 600
    assert most_in_any(grants, 1.0) <= 50


def test_who_wakes_late_asks_again(tmp_path: Path) -> None:
    """Eight threads that a busy machine wakes together, long after their turns, do not send together."""
    time = Time()
    governors = [governor(tmp_path / "host.pace", time, (50, 1.0), (60_000, 3600.0)) for _ in range(8)]
    for _ in range(100):
        pauses = [one.reserve() for one in governors]
        time.now += max(pauses) + 0.3
        grants = sorted(time.now + one.retry_slot() for one in governors)
        assert min(later - earlier for earlier, later in pairwise(grants)) >= 1 / 50
        time.now = grants[-1]


def test_a_late_sleeper_keeps_the_limit_and_counts_once_in_the_budget(tmp_path: Path) -> None:
    time = Time()
    naps = iter([0.4, 0.0] * 1000)
    late = RateLimiter(
        ((50, 1.0), (600, 3600.0)),
        tmp_path / "host.pace",
        clock=time.clock,
        sleep=lambda seconds: time.sleep(seconds + next(naps)),
    )
    grants = []
    for _ in range(600):
        late.wait()
        grants.append(time.now)
    assert most_in_any(grants, 1.0) <= 50
    with pytest.raises(TryLater):
        late.wait()


def test_slower_answers_halve_what_is_in_flight() -> None:
    gate = ConcurrencyLimiter(8, 8)
    for _ in range(100):
        gate.report_duration(0.2)
    for _ in range(20):
        gate.report_duration(0.5)
    assert gate.limit == 8, "half a second is no overload"
    for _ in range(40):
        gate.report_duration(3.0)
    assert gate.limit < 8


def test_the_file_is_private(tmp_path: Path) -> None:
    time = Time()
    governor(tmp_path / "pace" / "host.pace", time, (5, 1.0)).wait()
    assert (tmp_path / "pace" / "host.pace").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "pace").stat().st_mode & 0o777 == 0o700


def test_the_gate_halves_and_recovers() -> None:
    gate = ConcurrencyLimiter(8, 16)
    gate.report_throttled()
    assert gate.limit == 4
    gate.report_throttled()
    gate.report_throttled()
    gate.report_throttled()
    assert gate.limit == 1
    for _ in range(200):
        gate.report_success()
    assert gate.limit == 16


def test_the_gate_lets_only_so_many_through() -> None:
    gate, inside, most = ConcurrencyLimiter(3, 3), 0, 0
    lock, full, go = threading.Lock(), threading.Semaphore(0), threading.Event()

    def pass_through() -> None:
        nonlocal inside, most
        with gate():
            with lock:
                inside += 1
                most = max(most, inside)
            full.release()
            go.wait(10)
            with lock:
                inside -= 1

    threads = [threading.Thread(target=pass_through) for _ in range(8)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        assert full.acquire(timeout=10)
    assert not full.acquire(timeout=0.05), "a fourth one came in"
    go.set()
    for thread in threads:
        thread.join(10)
    assert most == 3


@pytest.mark.parametrize("ahead", [365 * 86_400.0, 600.0, 130.0])
def test_grants_of_a_clock_that_ran_ahead_count_as_made_now(tmp_path: Path, ahead: float) -> None:
    time, limits = Time(), ((20, 1.0), (100, 3600.0))
    future = Time(time.now + ahead)
    for _ in range(60):
        governor(tmp_path / "host.pace", future, *limits).wait()
    right = governor(tmp_path / "host.pace", time, *limits)
    grants = []
    for _ in range(40):
        right.wait()
        grants.append(time.now)
    assert grants[0] - 1_000_000.0 <= 1.1  # one window: the grants count as made now
    assert most_in_any(grants, 1.0) <= 20
    with pytest.raises(TryLater):  # the 60 grants of the other clock still count in the hour
        right.wait()
    time.now += 3600.0
    right.wait()


def test_grants_of_a_clock_that_was_behind_hold_as_before(tmp_path: Path) -> None:
    behind, time = Time(1_000.0), Time()
    governor(tmp_path / "host.pace", behind, (20, 1.0)).wait()
    one = governor(tmp_path / "host.pace", time, (20, 1.0))
    assert one.reserve() == 0.0
