"""Group A, second half: signals, memory, disk, the database, and two syncs at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from tests.faults.case import Case, Skipped
from tests.faults.fault_bench import FaultBench, execute
from tests.faults.fault_benches import FaultBenches
from tests.faults.groups.process import known
from tests.faults.injection_points import InjectionPoint
from tests.faults.process_pool import KILLED
from tests.faults.small_worlds import SMALL_WORLDS
from tests.support.postgres.server_sessions import end_sessions
from tests.support.vendors.oracle import describe

MIB = 1024 * 1024
GRACE = 5.0
"""Seconds within which a signal must end a sync."""


def cases(seed: int) -> Iterator[Case]:
    yield from _signals(seed)
    yield from _memory(seed)
    yield from _disk(seed)
    yield from _database(seed)
    yield from _two_at_once(seed)


# --- signals -------------------------------------------------------------------------------------------------


def _signals(seed: int) -> Iterator[Case]:
    places = {
        "reading": InjectionPoint("request", 3, "after"),
        "landing": InjectionPoint("file", 40),
        "applying": InjectionPoint("sql", 1, "before", "^COMMIT"),
    }
    for name, act, code in (("SIGTERM", "term", 143), ("SIGINT", "int", 130)):
        for vendor in known(("bossdesk", "notific")):
            for place, point in places.items():
                at = InjectionPoint(point.kind, point.n, point.when, point.match, act)
                yield Case("A4", f"{vendor}-{name}-{place}", partial(_interrupted, vendor, seed, at, code))
        yield Case("A4", f"bossdesk-{name}-hanging", partial(_interrupted_while_waiting, seed, name, code))


def _interrupted(vendor: str, seed: int, point: InjectionPoint, code: int, benches: FaultBenches) -> None:
    with benches.bench(vendor, seed=seed, sockets=True) as bench:
        bench.edit(6)
        ending = bench.broken(point, options={"sweep": True}, signals=True)
        assert ending.code == code, ending
        bench.healed()


def _interrupted_while_waiting(seed: int, name: str, code: int, benches: FaultBenches) -> None:
    """The vendor does not answer: the sync ends at once all the same."""
    with benches.bench("bossdesk", seed=seed, sockets=True) as bench:
        bench.edit(6)
        gate = bench.folder / "gate"
        running = bench.started(
            InjectionPoint("request", 4, "sent", act="hold", gate=str(gate)),
            options={"sweep": True},
            signals=True,
        )
        until(gate.with_name("gate.held").exists)
        started = time.monotonic()
        running.signal(getattr(signal, name))
        ending = running.ended(30)
        took = time.monotonic() - started
        assert ending.code == code, ending
        assert took < GRACE, f"{name} ended it after {took:.1f} s"
        gate.touch()
        bench.healed()


# --- memory and disk -----------------------------------------------------------------------------------------


def _memory(seed: int) -> Iterator[Case]:
    for vendor in known(("bossdesk", "servicebridge")):
        for mib in (24, 96, 240, 480):
            yield Case("A5", f"{vendor}-{mib}-MiB", partial(_out_of_memory, vendor, seed, mib))


def _out_of_memory(vendor: str, seed: int, mib: int, benches: FaultBenches) -> None:
    """It may end in any way; nothing may be there by halves afterwards."""
    with benches.bench(vendor, seed=seed, sockets=True) as bench:
        bench.edit(8)
        ending = bench.broken(options={"sweep": True}, memory=mib * MIB)
        if ending.code == 0:
            bench.judge()
        bench.healed()


def _disk(seed: int) -> Iterator[Case]:
    for vendor in known(("bossdesk", "servicebridge", "notific")):
        for first in (True, False):
            for kib in (8, 200, 300, 800):
                phase = "first" if first else "later"
                yield Case(
                    "A6", f"{vendor}-{phase}-{kib}-KiB", partial(_files_too_large, vendor, seed, first, kib)
                )
        for n in (1, 20, 60, 100):
            yield Case("A6", f"{vendor}-working-folder-{n}", partial(_no_working_folder, vendor, seed, n))
        yield Case("A6", f"{vendor}-full-disk", partial(_full_disk, vendor, seed))
        yield Case("A6", f"{vendor}-full-working-disk", partial(_full_working_disk, vendor, seed))


def _files_too_large(vendor: str, seed: int, first: bool, kib: int, benches: FaultBenches) -> None:
    """No file may grow beyond so many KiB: the warehouse's and the load's own."""
    with benches.bench(vendor, seed=seed, first=first, sockets=True) as bench:
        if not first:
            bench.edit(8)
            bench.sandbox.add_field(bench.small_world.main, "brand_new", "long " * 2000)
        ending = bench.broken(options={"sweep": True}, fsize=kib * 1024)
        assert ending.code in (0, 3), ending
        if ending.code == 0:
            bench.judge()
        bench.healed()


def _no_working_folder(vendor: str, seed: int, n: int, benches: FaultBenches) -> None:
    """The disk of the working folder is full at the n-th file: out of reach, and nothing changed."""
    with benches.bench(vendor, seed=seed, sockets=True) as bench:
        bench.edit(8)
        before = bench.untouched()
        ending = bench.broken(InjectionPoint("file", n, act="full"), options={"sweep": True})
        assert ending.code in (0, 3), ending
        assert ending.code == 0 or bench.untouched() == before
        bench.healed()


@contextmanager
def _small_disk(place: Path, kib: int) -> Iterator[None]:
    place.mkdir(exist_ok=True)
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={kib}k", "fieldhouse", str(place)],
        capture_output=True,
        check=False,
    )
    if made.returncode:
        raise Skipped("a disk of its own needs the right to mount one")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def _full_disk(vendor: str, seed: int, benches: FaultBenches) -> None:
    """The warehouse's disk is full; with room again, it opens and everything becomes equal."""
    with benches.bench(vendor, seed=seed, first=True, sockets=True) as bench:
        disk = bench.folder / "disk"
        with _small_disk(disk, 900):
            bench.url = f"duckdb:///{disk / 'warehouse.duckdb'}"
            ending = bench.broken(options={"sweep": True})
            assert ending.code == 3, ending
            subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
            bench.__post_init__()
            bench.healed()


def _full_working_disk(vendor: str, seed: int, benches: FaultBenches) -> None:
    with benches.bench(vendor, seed=seed, sockets=True) as bench:
        bench.edit(8)
        before = bench.untouched()
        with _small_disk(bench.folder / "tmp", 16):
            ending = bench.broken(options={"sweep": True})
        assert ending.code == 3, ending
        assert bench.untouched() == before
        bench.healed()


# --- the database --------------------------------------------------------------------------------------------


def _database(seed: int) -> Iterator[Case]:
    for vendor in known(("bossdesk", "notific", "servicebridge")):
        for first, statements in (
            (True, (2, 5, 9, 14, 20, 27, 35, 44, 54, 65)),
            (False, (1, 2, 4, 7, 10, 14, 19, 25, 31, 37)),
        ):
            phase = "first" if first else "later"
            for n in statements:
                yield Case("A7", f"{vendor}-{phase}-severed-{n}", partial(_severed, vendor, seed, first, n))
    for vendor in known(("notific", "servicebridge")):
        yield Case("A7", f"{vendor}-not-there", partial(_not_there, vendor, seed))
        yield Case("A7", f"{vendor}-read-only", partial(_read_only, vendor, seed))
        yield Case("A7", f"{vendor}-table-locked", partial(_table_locked, vendor, seed))
        yield Case("A7", f"{vendor}-file-in-use", partial(_file_in_use, vendor, seed))
        yield Case("A7", f"{vendor}-load-severed", partial(_load_severed, vendor, seed))


def _severed(vendor: str, seed: int, first: bool, n: int, benches: FaultBenches) -> None:
    """The server ends the connection at the n-th statement: out of reach, no table by halves, nothing lost."""
    with benches.bench(vendor, "postgres", seed, first=first) as bench:
        if not first:
            bench.edit(8)
        report = bench.sync(points=[InjectionPoint("sql", n, act="sever")], sweep=True)
        assert bench.points.sprung, "the trap was not reached"
        assert report.exit_code in (0, 3), repr(report.error)
        bench.healed()


def _not_there(vendor: str, seed: int, benches: FaultBenches) -> None:
    with benches.bench(vendor, "postgres", seed) as bench:
        bench.edit(8)
        before = bench.untouched()
        elsewhere = "postgresql://postgres:secret@127.0.0.1:9/postgres?connect_timeout=2"
        ending = _out_of_process(bench, url=elsewhere)
        assert ending == 3
        assert bench.untouched() == before
        bench.healed()


def _out_of_process(bench: FaultBench, **job: Any) -> int:
    """The sync's exit code where only the warehouse matters: the sandbox need not answer."""
    return bench.broken(options={"sweep": True}, **job).code


def _read_only(vendor: str, seed: int, benches: FaultBenches) -> None:
    with benches.bench(vendor, "postgres", seed) as bench:
        bench.edit(8)
        before = bench.untouched()
        name = bench.url.partition("?")[0].rpartition("/")[2]
        execute(bench.url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        report = bench.sync(sweep=True)
        assert report.exit_code in (2, 3), repr(report.error)
        execute(bench.url, f"BEGIN READ WRITE; ALTER DATABASE {name} RESET ALL; COMMIT")
        assert bench.untouched() == before
        bench.healed()


def _table_locked(vendor: str, seed: int, benches: FaultBenches) -> None:
    """Somebody holds one table: it waits, gives up, and the others are complete."""
    import psycopg2

    with benches.bench(vendor, "postgres", seed) as bench:
        bench.edit(8, deletes=False)
        bench.editor.change(bench.small_world.main)
        other = psycopg2.connect(bench.url)
        with other.cursor() as cursor:
            cursor.execute(f'LOCK TABLE "{bench.sandbox.name}"."{bench.small_world.main}" IN SHARE MODE')
            bench.warehouse = _impatient(bench)
            report = bench.sync(sweep=True)
        other.close()
        assert report.exit_code == 3, report
        failed = {outcome.table for outcome in report.outcomes if outcome.error}
        assert failed == {bench.small_world.main}
        others = [table for table in bench.small_world.tables if table not in failed]
        bench.judge(tables=others)
        bench.healed()


def _impatient(bench: FaultBench) -> Any:
    from fieldhouse.warehouse.connect import open_warehouse

    return open_warehouse(bench.url, lock_wait=0.3)


def _file_in_use(vendor: str, seed: int, benches: FaultBenches) -> None:
    """A notebook has the DuckDB file open: the sync waits as long as it may, and says who."""
    with benches.bench(vendor, seed=seed, sockets=True) as bench:
        bench.edit(8)
        path = bench.url.removeprefix("duckdb:///")
        script = (
            f"import duckdb, sys; c = duckdb.connect({path!r}); print('open', flush=True); sys.stdin.read()"
        )
        with subprocess.Popen(
            [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as notebook:
            assert notebook.stdout
            assert notebook.stdin
            assert notebook.stdout.readline().strip() == "open"
            ending = bench.broken(options={"sweep": True}, lock_wait=0.5)
            assert ending.code == 3, ending
            assert str(notebook.pid) in ending.report["error"], ending
            notebook.stdin.close()
        bench.healed()


def _load_severed(vendor: str, seed: int, benches: FaultBenches) -> None:
    """All connections end while dlt loads."""
    with benches.bench(vendor, "postgres", seed, sockets=True) as bench:
        bench.edit(8)
        gate = bench.folder / "gate"
        running = bench.started(
            InjectionPoint("file", 100, act="hold", gate=str(gate)), options={"sweep": True}
        )
        until(gate.with_name("gate.held").exists)
        end_sessions(
            bench.url,
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        gate.touch()
        ending = running.ended()
        assert ending.code in (0, 3), ending
        bench.healed()


# --- two at once ---------------------------------------------------------------------------------------------


def _two_at_once(seed: int) -> Iterator[Case]:
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


def until(ready: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for another process."""
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, "the other process did not get there"
        os.sched_yield()
        time.sleep(0.01)
