"""The sources against the oracle: first load, edits, deletes, restores and repeats, at several destinations."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pytest

from fieldhouse.pipelines.dlt_source.source import account_source
from fieldhouse.warehouse.connect import open_warehouse
from tests.faults.small_worlds import SMALL_WORLDS, Editor
from tests.support.sync_harness import SyncHarness, open_harness
from tests.support.vendors.oracle import describe, differences
from tests.support.vendors.vendor_facts import SmallWorld
from tests.support.vendors.vendor_suite import VENDORS_WITH_SANDBOX, sandbox_of
from tests.support.warehouse.dlt_destinations import (
    Place,
    duckdb_place,
    parquet_place,
    postgres_place,
    sqlite_place,
)

PLACES = ("duckdb", "postgres", "sqlite", "parquet")


class Bench:
    """A vendor's sandbox, a destination, and pipelines between them."""

    def __init__(
        self, harness: SyncHarness, place: Place, folder: Path, tables: tuple[str, ...] = (), seed: int = 1
    ) -> None:
        self.harness, self.place, self.folder = harness, place, folder
        self.world = _part(SMALL_WORLDS[harness.sandbox.name], tables)
        self.editor = Editor(harness.sandbox, seed, self.world)

    def pipeline(self, folder: str = "pipelines") -> dlt.Pipeline:
        """The pipeline; another folder stands for another machine."""
        return dlt.pipeline(
            "desk",
            pipelines_dir=str(self.folder / folder),
            destination=self.place.destination(),
            dataset_name=self.harness.account.schema,
        )

    def source(self, **options: Any) -> Any:
        """The source of the small world's tables."""
        return account_source(self.harness.account, **options).with_resources(*self.world.tables)

    def load(self, folder: str = "pipelines") -> dict[str, int]:
        """One run; the vendor's tables that got rows, with how many."""
        pipeline = self.pipeline(folder)
        info = pipeline.run(self.source())
        info.raise_on_failed_jobs()
        normalized = pipeline.last_trace.last_normalize_info
        counts = normalized.row_counts if normalized else {}
        return {name: count for name, count in counts.items() if count and not name.startswith("_")}

    def differences(self) -> str:
        """What the destination has otherwise than the sandbox; empty if nothing."""
        sandbox = self.harness.sandbox
        actual = differences(self.place.snapshot(), sandbox.name, sandbox.truth(), self.world.tables)
        return describe(actual) if actual else ""

    @contextmanager
    def counted(self) -> Iterator[dict[str, int]]:
        """The requests that the sandbox gets in the block, once it has ended."""
        counts: dict[str, int] = {}
        self.harness.sandbox.reset_counts()
        yield counts
        counts["requests"] = self.harness.sandbox.requests()

    def pass_time(self) -> None:
        """Let the overlap before the cursor pass at the vendor."""
        self.harness.sandbox.clock.advance(hours=3)


def _part(world: SmallWorld, tables: tuple[str, ...]) -> SmallWorld:
    """A small world with some of its tables: a run of dlt costs some 0.1 s for each table."""
    kept = tables or world.tables
    edited, deleted = ([name for name in names if name in kept] for names in (world.edited, world.deleted))
    return replace(world, tables=kept, edited=tuple(edited), deleted=tuple(deleted))


@pytest.fixture
def make(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Makes a bench of a vendor and a destination."""
    monkeypatch.setenv("FIELDHOUSE_PACE_DIR", str(tmp_path))
    for name in ("RUNTIME__DLTHUB_TELEMETRY", "RUNTIME__ENABLE_RUNTIME_TRACE"):
        monkeypatch.setenv(name, "false")
    monkeypatch.setenv("DATA_WRITER__DISABLE_COMPRESSION", "true")
    monkeypatch.setenv("SCHEMA__NAMING", "snake_case")  # as in a project of its own
    open_benches: list[Any] = []

    def bench(vendor: str, place: str, tables: tuple[str, ...] = (), **settings: str) -> Bench:
        places: dict[str, Callable[[], Place]] = {
            "duckdb": lambda: duckdb_place(tmp_path, vendor),
            "sqlite": lambda: sqlite_place(tmp_path, vendor),
            "parquet": lambda: parquet_place(tmp_path, vendor),
            "postgres": lambda: postgres_place(request.getfixturevalue("postgres_url"), vendor),
        }
        settings = {"sweep_every": "0", "max_delete_share": "0.9", **settings}
        opened = open_harness(sandbox_of(vendor), "duckdb:///unused.duckdb", tmp_path, **settings)
        open_benches.append(opened)
        return Bench(opened.__enter__(), places[place](), tmp_path, tables)

    yield bench
    for opened in open_benches:
        opened.__exit__(None, None, None)


def _converges(bench: Bench, edits: int) -> None:
    bench.load()
    assert bench.differences() == ""
    for table in bench.world.deleted:
        bench.editor.delete(table)
    bench.editor.edit(edits)
    bench.pass_time()
    bench.load()
    assert bench.differences() == ""
    for table, ids in bench.editor.gone.items():
        if ids:
            bench.editor.restore(table)
    bench.pass_time()
    assert bench.load()
    assert bench.differences() == ""
    assert bench.load() == {}
    assert bench.differences() == ""


TABLES: Mapping[str, tuple[str, ...]] = {
    "bossdesk": ("tickets", "groups"),
    "servicebridge": ("work_orders", "products"),
    "servicesidekick": ("customers", "jobs", "job_types"),
    "shiftboard": ("workgroups", "memberships", "shifts"),
}
"""Tables that together are read in every way that a vendor has; all of a small world for other vendors."""


@pytest.mark.parametrize("vendor", VENDORS_WITH_SANDBOX)
def test_duckdb_equals_the_vendor_after_edits_deletes_and_restores(make: Any, vendor: str) -> None:
    bench = make(vendor, "duckdb", TABLES.get(vendor, ()))
    _converges(bench, edits=20)
    warehouse = open_warehouse(f"duckdb:///{bench.folder}/warehouse.duckdb")
    replace(bench.harness, warehouse=warehouse).sync(*bench.world.tables)
    loaded, synced = (
        _types(bench.folder / name, vendor) for name in ("destination.duckdb", "warehouse.duckdb")
    )
    assert {place: loaded[place] for place in synced if place in loaded} == {
        place: synced[place] for place in synced if place in loaded
    }
    assert {place for place in synced if not place[1].startswith("_")} <= set(loaded)


def _types(file: Path, schema: str) -> dict[tuple[str, str], str]:
    """Table and column -> the type in DuckDB."""
    with duckdb.connect(str(file), read_only=True) as connection:
        rows = connection.execute(
            "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE schema_name = ?", [schema]
        ).fetchall()
    return {(table, column): kind for table, column, kind in rows if not table.startswith("_")}


@pytest.mark.parametrize("place", [place for place in PLACES if place != "duckdb"])
def test_destination_equals_the_vendor_after_edits_deletes_and_restores(make: Any, place: str) -> None:
    _converges(make("notific", place), edits=20)


def test_text_of_zero_length_stays_apart_from_null_in_postgres(make: Any) -> None:
    bench = make("servicesidekick", "postgres", ("customers",))
    bench.load()
    assert bench.differences() == ""
    rows = bench.place.snapshot().rows
    assert any(value == "" for table in rows.values() for row in table for value in row.values())


@pytest.mark.parametrize("place", ["postgres", "sqlite"])
def test_json_is_read_back_and_written_without_change(make: Any, place: str) -> None:
    bench = make("shiftboard", place, ("workgroups",))
    bench.load()
    named = next(
        row["id"] for row in bench.harness.sandbox.truth()["workgroups"] if row["allow_shared_groups"]
    )
    bench.harness.sandbox.delete("workgroups", named)
    bench.pass_time()
    assert bench.load()
    assert bench.differences() == ""
    rows = bench.place.snapshot().rows["workgroups"]
    (deleted,) = [
        row["allow_shared_groups"] for row in rows if str(row["id"]) == str(named) and row["_deleted_at"]
    ]
    assert isinstance(deleted if isinstance(deleted, dict) else json.loads(deleted), dict)


def test_other_machine_continues_from_the_destination(make: Any) -> None:
    bench = make("bossdesk", "duckdb", ("users", "groups"), sweep_every="24h")
    bench.load()
    bench.pass_time()
    bench.load()
    with bench.counted() as usual:
        assert bench.load() == {}
    bench.editor.edit(10, deletes=False)
    bench.pass_time()
    assert bench.load("other machine")
    assert bench.differences() == ""
    with bench.counted() as elsewhere:
        assert bench.load("third machine") == {}
    assert elsewhere["requests"] <= usual["requests"]


def test_quiet_run_sends_no_more_requests_than_a_sync(make: Any, tmp_path: Path) -> None:
    bench = make("bossdesk", "duckdb", ("users", "groups"))
    harness = replace(bench.harness, warehouse=open_warehouse(f"duckdb:///{tmp_path}/warehouse.duckdb"))
    for _ in range(2):
        bench.load()
        harness.sync(*bench.world.tables)
        bench.pass_time()
    with bench.counted() as here:
        bench.load()
    with bench.counted() as there:
        harness.sync(*bench.world.tables)
    assert 0 < here["requests"] <= there["requests"]


@pytest.mark.parametrize(("step", "loses_folder"), [("extract", False), ("normalize", True)])
def test_run_after_a_stop_between_steps_converges(make: Any, step: str, loses_folder: bool) -> None:
    bench = make("notific", "duckdb")
    bench.load()
    bench.editor.edit(15)
    bench.pass_time()
    stopped = bench.pipeline()
    stopped.extract(bench.source())
    if step == "normalize":
        stopped.normalize()
    bench.load("other machine" if loses_folder else "pipelines")
    assert bench.differences() == ""


def test_run_after_a_discarded_package_reads_the_vendor_again(make: Any) -> None:
    bench = make("notific", "duckdb")
    bench.load()
    bench.editor.edit(10)
    bench.pass_time()
    stopped = bench.pipeline()
    stopped.extract(bench.source())
    bench.editor.edit(10)
    bench.pass_time()
    pipeline = bench.pipeline()
    assert pipeline.has_pending_data
    pipeline.abort_packages()
    bench.load()
    assert bench.differences() == ""
