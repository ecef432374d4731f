"""The sources against the oracle: first load, edits, deletes, restores and repeats, at several destinations."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pytest

from fieldhouse.pipelines.dlt_source.partial_files import AT_REST, remove_partial_files
from fieldhouse.pipelines.dlt_source.source import account_source
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.startup import cache_capabilities
from tests.faults.small_worlds import SMALL_WORLDS, Editor, with_tables
from tests.support.sync_harness import SyncHarness, open_harness
from tests.support.vendors.oracle import describe, differences
from tests.support.vendors.vendor_suite import VENDORS_WITH_SANDBOX, sandbox_of
from tests.support.warehouse.dlt_destinations import FEW_TABLES, NEEDED, PLACES, Place


class Bench:
    """A vendor's sandbox, a destination, and pipelines between them."""

    def __init__(
        self, harness: SyncHarness, place: Place, folder: Path, tables: tuple[str, ...] = (), seed: int = 1
    ) -> None:
        self.harness, self.place, self.folder = harness, place, folder
        world = SMALL_WORLDS[harness.sandbox.name]
        self.world = with_tables(world, tables or world.tables)
        self.editor = Editor(harness.sandbox, seed, self.world)

    def pipeline(self, folder: str = "pipelines") -> dlt.Pipeline:
        """The pipeline; another folder stands for another machine."""
        destination = self.place.destination()
        cache_capabilities(destination)  # a third of dlt's CPU
        return dlt.pipeline(
            "desk",
            pipelines_dir=str(self.folder / folder),
            destination=destination,
            dataset_name=self.harness.account.schema,
        )

    def source(self, *, sweep: bool = False) -> Any:
        """The source of the small world's tables."""
        options = Options(sweep=sweep, widens_ids=False)
        source = account_source(self.harness.account, options).with_resources(*self.world.tables)
        if self.place.table_format:
            for resource in source.selected_resources.values():
                resource.apply_hints(table_format=self.place.table_format)
        return source

    def load(self, folder: str = "pipelines", *, sweep: bool = False) -> dict[str, int]:
        """One run; the vendor's tables that got rows, with how many."""
        pipeline = self.pipeline(folder)
        info = pipeline.run(self.source(sweep=sweep))
        info.raise_on_failed_jobs()
        normalized = pipeline.last_trace.last_normalize_info
        counts = normalized.row_counts if normalized else {}
        return {name: count for name, count in counts.items() if count and not name.startswith("_")}

    def differences(self) -> str:
        """What the destination has otherwise than the sandbox; empty if nothing."""
        sandbox = self.harness.sandbox
        actual = differences(self.place.snapshot(), sandbox.name, sandbox.truth(), self.world.tables)
        return describe(actual) if actual else ""

    def children_of_other_versions(self) -> list[dict[str, Any]]:
        """Live child rows that were read at another time than the version of their row that is stored."""
        snapshot = self.place.snapshot()
        versions = {
            (table, str(row.get("id"))): row["_synced_at"]
            for table in self.world.tables
            for row in snapshot.live(table)
        }
        return [
            row
            for table in snapshot.rows
            if "__" in table
            for row in snapshot.live(table)
            for key in [str(row.get("_root_id", row.get("_parent_id")))]
            if versions[table.partition("__")[0], key] != row["_synced_at"]
        ]

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


@pytest.fixture
def make(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Makes a bench of a vendor and a destination."""
    monkeypatch.setenv("FIELDHOUSE_PACE_DIR", str(tmp_path))
    for name in ("RUNTIME__DLTHUB_TELEMETRY", "RUNTIME__ENABLE_RUNTIME_TRACE"):
        monkeypatch.setenv(name, "false")
    monkeypatch.setenv("DATA_WRITER__DISABLE_COMPRESSION", "true")
    monkeypatch.setenv("SCHEMA__NAMING", "snake_case")  # as in a project of its own
    open_benches: list[Any] = []

    def bench(vendor: str, place: str, tables: tuple[str, ...] = ()) -> Bench:
        for module in NEEDED.get(place, ()):
            pytest.importorskip(module)
        url = request.getfixturevalue("postgres_url") if place == "postgres" else ""
        sandbox, url_of_sync = sandbox_of(vendor), f"duckdb:///{tmp_path}/warehouse.duckdb"
        opened = open_harness(sandbox, url_of_sync, tmp_path, max_delete_share="0.9")
        open_benches.append(opened)
        return Bench(opened.__enter__(), PLACES[place](tmp_path, vendor, url), tmp_path, tables)

    yield bench
    for opened in open_benches:
        opened.__exit__(None, None, None)


def _converges(bench: Bench, edits: int) -> int:
    """Runs through edits, deletes and restores, then one on another machine; the requests of that one."""
    bench.load()
    assert bench.differences() == ""
    for table in bench.world.deleted:
        bench.editor.delete(table)
    bench.editor.edit(edits)
    bench.pass_time()
    bench.load(sweep=True)
    assert bench.differences() == ""
    for table, ids in bench.editor.gone.items():
        if ids:
            bench.editor.restore(table)
    bench.pass_time()
    assert bench.load(sweep=True)
    assert bench.differences() == ""
    bench.pass_time()
    with bench.counted() as quiet:
        assert bench.load("other machine") == {}
    assert bench.differences() == ""
    assert bench.children_of_other_versions() == []
    return quiet["requests"]


@pytest.mark.parametrize("vendor", VENDORS_WITH_SANDBOX)
def test_duckdb_equals_the_vendor_and_what_a_sync_makes_of_it(make: Any, vendor: str) -> None:
    """Values after edits, deletes and restores; types; and the requests of a quiet run on a machine without state."""
    bench = make(vendor, "duckdb", FEW_TABLES[vendor])
    requests = _converges(bench, edits=20)
    bench.harness.sync(*bench.world.tables)
    bench.pass_time()
    bench.harness.sync(*bench.world.tables)
    bench.pass_time()
    with bench.counted() as quiet_sync:
        bench.harness.sync(*bench.world.tables)
    assert 0 < requests <= quiet_sync["requests"]
    loaded, synced = (
        _types(bench.folder / name, vendor) for name in ("destination.duckdb", "warehouse.duckdb")
    )
    assert {place: loaded[place] for place in synced if place in loaded} == {
        place: synced[place] for place in synced if place in loaded
    }
    assert {place for place in synced if not place[1].startswith("_")} <= set(loaded)


def test_rows_of_a_load_that_did_not_end_get_their_child_rows(make: Any) -> None:
    """dlt commits one table after the other: a kill can leave a new version of a row without its child rows."""
    bench = make("notific", "duckdb", ("tickets",))
    bench.load()
    parents = {row["_parent_id"] for row in bench.place.snapshot().rows["tickets__customer_ids"]}
    changed, gone = sorted(parents)[:2]
    bench.harness.sandbox.delete("tickets", gone)
    with duckdb.connect(str(bench.folder / "destination.duckdb")) as connection:
        connection.execute(f"DELETE FROM notific.tickets__customer_ids WHERE _parent_id = {changed}")
        connection.execute(f"UPDATE notific.tickets SET _deleted_at = now() WHERE id = {gone}")
        connection.execute(
            f"UPDATE notific.tickets SET _dlt_load_id = 'unfinished' WHERE id IN ({changed}, {gone})"
        )
    bench.load(sweep=True)
    assert bench.differences() == ""
    assert bench.load() == {}


@pytest.mark.parametrize("length", [0, 5, 2_000])
def test_files_that_a_kill_left_half_written_are_removed(make: Any, length: int) -> None:
    """No program reads a Parquet file without its end, and a package that was discarded never writes it again."""
    bench = make("notific", "parquet", ("tickets",))
    bench.load()
    for table in ("tickets", "tickets__customer_ids"):
        (whole, *_) = (bench.folder / "bucket" / "notific" / table).glob("*.parquet")
        partial = whole.with_name("1795982085.19.4fd9.parquet")
        partial.write_bytes(whole.read_bytes()[:length])
        os.utime(partial, (0, 0))
    bench.editor.edit(10)
    bench.pass_time()
    assert bench.load(sweep=True)
    assert bench.differences() == ""
    assert bench.load(sweep=True) == {}


def test_file_that_another_run_is_writing_is_left_alone(make: Any, tmp_path: Path) -> None:
    bench = make("notific", "parquet", ("tickets",))
    bench.load()
    (whole, *_) = (tmp_path / "bucket" / "notific" / "tickets").glob("*.parquet")
    written, slept = whole.with_name("1795982085.19.4fd9.parquet"), []

    def write_on(seconds: float) -> None:
        slept.append(seconds)
        written.write_bytes(whole.read_bytes())

    written.write_bytes(whole.read_bytes()[:2_000])
    assert remove_partial_files(bench.pipeline(), "notific", ["tickets"], sleep=write_on) == []
    assert written.exists()
    assert 0 < slept[0] <= AT_REST


def _types(file: Path, schema: str) -> dict[tuple[str, str], str]:
    """Table and column -> the type in DuckDB."""
    with duckdb.connect(str(file), read_only=True) as connection:
        rows = connection.execute(
            "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE schema_name = ?", [schema]
        ).fetchall()
    return {(table, column): kind for table, column, kind in rows if not table.startswith("_")}


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(place, marks=[pytest.mark.ducklake] if place == "ducklake" else [])
        for place in PLACES
        if place != "duckdb"
    ],
)
def test_destination_equals_the_vendor_after_edits_deletes_and_restores(make: Any, place: str) -> None:
    bench = make("notific", place, ("tickets", "customers"))
    requests = _converges(bench, edits=20)
    with bench.counted() as first_sync:
        bench.harness.sync(*bench.world.tables)  # this vendor's lists are always read to the end
    assert 0 < requests <= first_sync["requests"]


@pytest.mark.parametrize("place", ["postgres", "sqlite", "parquet", "delta", "iceberg"])
def test_text_of_zero_length_stays_apart_from_null(make: Any, place: str) -> None:
    bench = make("servicesidekick", place, ("customers",))
    bench.load()
    assert bench.differences() == ""
    rows = bench.place.snapshot().rows
    values = [value for table in rows.values() for row in table for value in row.values()]
    assert "" in values
    assert None in values


@pytest.mark.parametrize("place", ["postgres", "sqlite"])
def test_json_is_read_back_and_written_without_change(make: Any, place: str) -> None:
    bench = make("shiftboard", place, ("workgroups",))
    bench.load()
    named = next(
        row["id"] for row in bench.harness.sandbox.truth()["workgroups"] if row["allow_shared_groups"]
    )
    bench.harness.sandbox.delete("workgroups", named)
    bench.pass_time()
    assert bench.load(sweep=True)
    assert bench.differences() == ""
    rows = bench.place.snapshot().rows["workgroups"]
    (deleted,) = [
        row["allow_shared_groups"] for row in rows if str(row["id"]) == str(named) and row["_deleted_at"]
    ]
    assert isinstance(deleted if isinstance(deleted, dict) else json.loads(deleted), dict)


@pytest.mark.parametrize("stop", ["extracted", "normalized", "discarded"])
def test_run_after_a_stop_between_steps_converges(make: Any, stop: str) -> None:
    """A package that was extracted is loaded first; one that is lost or discarded is read from the vendor again."""
    bench = make("notific", "duckdb", ("tickets",))
    bench.load()
    bench.editor.edit(15)
    bench.pass_time()
    stopped = bench.pipeline()
    stopped.extract(bench.source(sweep=True))
    if stop == "normalized":
        stopped.normalize()
    if stop == "discarded":
        bench.editor.edit(10)
        bench.pass_time()
        pipeline = bench.pipeline()
        assert pipeline.has_pending_data
        pipeline.abort_packages()
    bench.load("other machine" if stop == "normalized" else "pipelines", sweep=True)
    assert bench.differences() == ""
