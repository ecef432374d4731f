"""A file that is open goes from thread to thread, and is closed when nobody waits, it broke, or its time is over."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import duckdb
import pytest

from fieldhouse.sources.sandbox.notific.api import NotificSandbox
from fieldhouse.warehouse.backends import handover
from fieldhouse.warehouse.backends.duckdb_file import DuckWarehouse
from fieldhouse.warehouse.backends.handover import HOLD_SECONDS, MOST_SECONDS, SLOW_SECONDS, Handover, Opening
from fieldhouse.warehouse.connect import open_warehouse
from fieldhouse.warehouse.drivers.duck_instance import DuckInstance
from tests.support.sync_harness import duckdb_url, open_harness


class Files:
    """Opens numbered things by turns, as a warehouse does; ``open`` are those that are open now."""

    def __init__(self, cpu: float = 0.0) -> None:
        self.now = 0.0
        self.turns: Handover[int] = Handover(lambda: self.now)
        self.opened, self.open = 0, set[int]()
        self.took, self.cpu = 0.0, cpu

    def use(self, body: Callable[[int], Any], *, can_pass: bool = True) -> None:
        with self.turns.turn():
            opening = self.turns.take() or self._opening(can_pass)
            is_sound = False
            try:
                body(opening.resource)
                is_sound = True
            finally:
                self.turns.give(opening, is_sound=is_sound)

    def _opening(self, can_pass: bool) -> Opening[int]:
        self.opened += 1
        closing = ExitStack()
        closing.callback(self.open.discard, self.opened)
        self.open.add(self.opened)
        return Opening(self.opened, closing, self.now, can_pass, self.took, self.cpu)

    def use_while_another_waits(self, body: Callable[[int], Any], *, can_pass: bool = True) -> list[int]:
        """Which opening a second thread got that asked for its turn during the body."""
        got: list[int] = []
        second = threading.Thread(target=lambda: self.use(got.append))

        def with_waiter(number: int) -> None:
            second.start()
            while not self.turns._waiting:
                pass
            body(number)

        try:
            self.use(with_waiter, can_pass=can_pass)
        finally:
            second.join(10)
        return got


def nothing(number: int) -> None:
    """A body that only holds its turn."""


def test_who_waits_gets_what_is_open_and_the_last_one_closes_it() -> None:
    files = Files()
    assert files.use_while_another_waits(nothing) == [1]
    assert (files.opened, files.open) == (1, set())


def test_nobody_waits() -> None:
    files = Files()
    files.use(nothing)
    files.use(nothing)
    assert (files.opened, files.open) == (2, set())


def test_other_processes_have_their_turn_after_a_while() -> None:
    files = Files()

    def last(number: int) -> None:
        files.now += HOLD_SECONDS

    assert files.use_while_another_waits(last) == [2]


@pytest.mark.parametrize(
    ("took", "hold"), [(0.1, HOLD_SECONDS), (1.0, 10.0), (60.0, MOST_SECONDS)], ids=["fast", "slow", "stuck"]
)
def test_a_file_that_is_slow_to_open_is_held_for_longer(took: float, hold: float) -> None:
    files = Files()
    files.took = took
    for seconds, got in ((hold - 0.5, 1), (hold, 3)):

        def last(number: int, seconds: float = seconds) -> None:
            files.now += seconds

        assert files.use_while_another_waits(last) == [got]


def test_what_broke_is_not_handed_on() -> None:
    files = Files()

    def fail(number: int) -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        files.use_while_another_waits(fail)
    assert (files.opened, files.open) == (2, set())


def test_what_was_opened_within_an_exclusive_use_is_not_handed_on() -> None:
    files = Files()
    assert files.use_while_another_waits(nothing, can_pass=False) == [2]


def test_a_thread_that_comes_again_gets_what_it_left_open() -> None:
    files = Files(cpu=SLOW_SECONDS)
    with files.turns.lingering():
        files.use(nothing)
        assert files.open == {1}
        files.now += HOLD_SECONDS / 2
        files.use(nothing)
        assert (files.opened, files.open) == (1, {1})
        files.now += HOLD_SECONDS / 2
        files.use(nothing)
        assert files.open == set()
        files.use(nothing)
        assert files.open == {2}
    assert (files.opened, files.open) == (2, set())


def test_what_opens_fast_is_not_left_open() -> None:
    files = Files(cpu=SLOW_SECONDS / 2)
    with files.turns.lingering():
        files.use(nothing)
        assert files.open == set()


def test_what_was_left_open_stays_until_the_last_of_several_has_ended() -> None:
    files = Files(cpu=SLOW_SECONDS)
    with files.turns.lingering():
        with files.turns.lingering():
            files.use(nothing)
        assert files.open == {1}
    assert files.open == set()


def test_what_broke_is_not_left_open() -> None:
    files = Files(cpu=SLOW_SECONDS)
    with files.turns.lingering():
        with pytest.raises(OSError, match="full"):
            files.use(_broken)
        assert files.open == set()


def _broken(number: int) -> None:
    raise OSError("the disk is full")


def test_a_timer_closes_what_nobody_comes_for() -> None:
    files = Files()
    with files.turns.lingering():
        files.now = HOLD_SECONDS - 0.01  # as if it had been opened so long ago
        opening = Opening(7, ExitStack(), 0.0, cpu=SLOW_SECONDS)
        opening.closing.callback(files.open.discard, 7)
        files.open.add(7)
        with files.turns.turn():
            files.turns.give(opening, is_sound=True)
        assert any(isinstance(thread, threading.Timer) for thread in threading.enumerate())
        for thread in threading.enumerate():
            if isinstance(thread, threading.Timer):
                thread.join(10)
        assert files.open == set()
        assert files.turns.take() is None


@pytest.mark.parametrize(("slow", "openings"), [(0.0, 1), (60.0, 2)])
def test_a_sync_of_one_account_opens_a_slow_file_once(
    slow: float, openings: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handover, "SLOW_SECONDS", slow)
    box = NotificSandbox()
    with open_harness(box, duckdb_url(tmp_path), tmp_path) as made:
        assert made.sync().exit_code == 0
        warehouse = made.warehouse
        assert isinstance(warehouse, DuckWarehouse)
        opened, connect = [0], warehouse._connect

        def counted(instance: DuckInstance) -> Any:
            opened[0] += 1
            return connect(instance)

        warehouse._connect = counted  # type: ignore[method-assign]
        assert made.sync().exit_code == 0
        assert opened == [openings]
        with duckdb.connect(str(warehouse.path)):
            pass  # it is closed when the sync has ended


def test_accounts_of_one_process_share_an_opening(tmp_path: Path) -> None:
    warehouse = open_warehouse(f"duckdb:///{tmp_path}/w.duckdb")
    assert isinstance(warehouse, DuckWarehouse)
    with warehouse.session() as session:
        for number in range(8):
            session.prepare(f"notific_c{number}")
    seen: list[Any] = []
    queries: list[str] = []

    def look(number: int) -> None:
        with warehouse.session() as session:
            catalogue = session.db._catalogue
            if session.db not in seen:
                fetch = catalogue._fetch
                catalogue._fetch = lambda sql: queries.append(sql) or fetch(sql)  # type: ignore[func-returns-value]
            seen.append(session.db)
            assert "_syncs" in session.catalogue(f"notific_c{number}")

    threads = [threading.Thread(target=look, args=(number,)) for number in range(8)]
    with warehouse.session():
        for thread in threads:
            thread.start()
        while warehouse._turns._waiting < 8:
            pass
    for thread in threads:
        thread.join(30)
    assert len(seen) == 8
    assert len(set(seen)) == 1
    assert len([sql for sql in queries if "duckdb_columns" in sql]) == 2
    with open_warehouse(f"duckdb:///{tmp_path}/w.duckdb", lock_wait=1).session():
        pass  # closed in the end: another warehouse object may open it
