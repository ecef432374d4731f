"""Group D27: what a clock of this machine that ran ahead or behind has left, on every warehouse."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

from fieldhouse.sources.engine.http.rate_limit import RateLimiter
from tests.faults.case import Case
from tests.faults.commands import command
from tests.faults.fault_bench import FaultBench
from tests.faults.fault_benches import FaultBenches
from tests.faults.groups.process import known
from tests.faults.process_environment import environment_with
from tests.faults.small_worlds import SMALL_WORLDS
from tests.faults.warehouses import DIALECTS, execute

AHEAD = {
    "10-minutes": timedelta(minutes=10),
    "a-day": timedelta(days=1),
    "a-year": timedelta(days=365),
}


def cases(seed: int) -> Iterator[Case]:
    for number, vendor in enumerate(known(SMALL_WORLDS)):
        kinds: dict[str, Callable[..., None]] = {
            **{f"scans-{name}-ahead": partial(_scans, ahead) for name, ahead in AHEAD.items()},
            "scans-a-year-behind": partial(_scans, -AHEAD["a-year"]),
            **{f"rows-{name}-ahead": partial(_rows, ahead) for name, ahead in AHEAD.items()},
            **{f"rate-{name}-ahead": partial(_rate, ahead) for name, ahead in AHEAD.items()},
            "rate-a-year-behind": partial(_rate, -AHEAD["a-year"]),
            **{f"status-{name}-ahead": partial(_status, ahead) for name, ahead in AHEAD.items()},
        }
        for place, (name, run) in enumerate(kinds.items()):
            dialect = DIALECTS[(number + place) % 2]
            yield Case("D27", f"{vendor}-{dialect}-{name}", partial(run, vendor, seed, dialect))


def _move_scans(bench: FaultBench, ahead: timedelta) -> None:
    """The tables' last full scans as a clock that was wrong has written them."""
    moved = (datetime.now(UTC) + ahead).isoformat()
    with bench.warehouse.session() as session:
        for table, state in session.states(bench.sandbox.name).items():
            if "last_full_scan" in state:
                session.put_state(bench.sandbox.name, table, {**state, "last_full_scan": moved})


def _scans(ahead: timedelta, vendor: str, seed: int, dialect: str, benches: FaultBenches) -> None:
    """Rows are deleted after a full scan of another time: the next sync looks for them by itself."""
    with benches.bench(vendor, dialect, seed) as bench:
        _move_scans(bench, ahead)
        bench.edit(8)
        for table in bench.small_world.deleted[:2]:
            bench.editor.delete(table)
        bench.synced()
        bench.judge()
        bench.editor.swept()
        bench.edit(4)
        bench.healed()


def _rows(ahead: timedelta, vendor: str, seed: int, dialect: str, benches: FaultBenches) -> None:
    """Every row was read in the future: changes replace it all the same."""
    with benches.bench(vendor, dialect, seed) as bench:
        seconds = int(ahead.total_seconds())
        for table in bench.snapshot().rows:
            execute(
                bench.url,
                f"UPDATE {vendor}.\"{table}\" SET _synced_at = _synced_at + INTERVAL '{seconds} seconds'",
            )
        _move_scans(bench, ahead)
        bench.edit(8)
        bench.synced()
        bench.judge()
        bench.editor.swept()
        bench.edit(4)
        bench.healed()


def _rate(ahead: timedelta, vendor: str, seed: int, dialect: str, benches: FaultBenches) -> None:
    """The file of the rate limit has grants of another time: they count as made now, and the sync goes on."""
    with benches.bench(vendor, dialect, seed, requests_per_second="40") as bench:
        with environment_with(FIELDHOUSE_PACE_DIR=str(bench.folder / "pace")):
            bench.synced()
            (place,) = (bench.folder / "pace").rglob("*.pace")
            other = RateLimiter(
                ((40, 1.0),),
                place,
                clock=lambda: time.time() + ahead.total_seconds(),
                sleep=lambda seconds: None,
            )
            for _ in range(30):
                other.wait()
            bench.edit(8)
            began = time.monotonic()
            bench.healed()
        assert time.monotonic() - began < 60


def _status(ahead: timedelta, vendor: str, seed: int, dialect: str, benches: FaultBenches) -> None:
    """The last sync seems to be in the future: no age is known, and a limit of ages is exceeded until the next."""
    with benches.bench(vendor, dialect, seed) as bench:
        tables = {f"SOURCES__{vendor.upper()}__TABLES": ",".join(bench.small_world.tables)}
        assert command(bench, "status", "--max-age", "2h", **tables).code == 0
        seconds = int(ahead.total_seconds())
        execute(
            bench.url,
            f"UPDATE {vendor}._syncs SET started_at = started_at + INTERVAL '{seconds} seconds',"
            f" finished_at = finished_at + INTERVAL '{seconds} seconds'",
        )
        result = command(bench, "status", "--max-age", "2h", "--json", **tables)
        assert result.code == 3, result.all
        assert {table["late"] for table in result.json["vendors"][vendor]["tables"].values()} == {True}
        assert "clock" in command(bench, "status", "--max-age", "2h", **tables).out
        bench.edit(4)
        bench.healed()
