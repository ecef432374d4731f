"""Group A7: the database ends, refuses or blocks."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from typing import Any

from tests.faults.case import Case
from tests.faults.fault_bench import FaultBench
from tests.faults.fault_benches import FaultBenches
from tests.faults.groups.process import known
from tests.faults.injection_points import InjectionPoint
from tests.faults.process_pool import until
from tests.faults.warehouses import execute
from tests.support.postgres.server_sessions import end_sessions


def cases(seed: int) -> Iterator[Case]:
    for vendor in known(("bossdesk", "notific", "servicebridge")):
        for first, statements in (
            (True, (2, 5, 9, 14, 20, 27, 35, 44, 54, 65)),
            (False, (1, 2, 4, 7, 10, 14, 19, 25, 31, 37)),
        ):
            phase = "first" if first else "later"
            for n in statements:
                run = partial(_severed, vendor, seed, first, n)
                yield Case("A7", f"{vendor}-{phase}-severed-{n}", run, ("postgres",))
    for vendor in known(("notific", "servicebridge")):
        yield Case("A7", f"{vendor}-not-there", partial(_not_there, vendor, seed), ("postgres",))
        yield Case("A7", f"{vendor}-read-only", partial(_read_only, vendor, seed), ("postgres",))
        yield Case("A7", f"{vendor}-table-locked", partial(_table_locked, vendor, seed), ("postgres",))
        yield Case("A7", f"{vendor}-file-in-use", partial(_file_in_use, vendor, seed), ("duckdb",))
        yield Case("A7", f"{vendor}-load-severed", partial(_load_severed, vendor, seed), ("postgres",))


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
