"""Fixtures of tests over every vendor with a sandbox: a harness before or after the vendor's first sync."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from fieldhouse.pipelines.sync.report import Report
from fieldhouse.sources import VENDORS
from fieldhouse.sources.sandbox import SANDBOXES
from tests.support.runs.shared_fixture import make_once
from tests.support.sync_harness import SyncHarness, duckdb_url, open_harness
from tests.support.vendors.facts import VENDOR_FACTS
from tests.support.vendors.oracle import describe, inventory
from tests.support.warehouse.warehouse_snapshot import Snapshot

FACTS = {name: facts.sync for name, facts in VENDOR_FACTS.items()}
VENDORS_WITH_SANDBOX = [name for name in VENDORS if name in SANDBOXES]


@pytest.fixture(params=VENDORS_WITH_SANDBOX)
def vendor(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@dataclass(frozen=True)
class Loaded:
    """A warehouse whose first sync is done, to be copied, and what that sync reported."""

    url: str
    report: Report
    snapshot: Snapshot


_first_syncs: dict[str, Loaded] = {}


@pytest.fixture
def loaded(vendor: str, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """Each vendor's first sync, landed with dlt, run once in a run of the tests."""

    def load(folder: Path) -> Loaded:
        with open_harness(sandbox_of(vendor), duckdb_url(folder), folder) as made:
            report = made.sync(lands_with_dlt=True)
            assert not made.sandbox.writes  # type: ignore[attr-defined]
            return Loaded(made.url, report, made.snapshot())

    if vendor not in _first_syncs:
        _first_syncs[vendor] = make_once(tmp_path_factory, f"conformance-{vendor}", load)
    return _first_syncs[vendor]


@pytest.fixture
def ready(vendor: str, loaded: Loaded, tmp_path: Path) -> Iterator[SyncHarness]:
    """A stand after its first sync; only reads may have come to the vendor in the end."""
    url = duckdb_url(tmp_path)
    shutil.copy(loaded.url.removeprefix("duckdb:///"), url.removeprefix("duckdb:///"))
    with open_harness(
        sandbox_of(vendor), url, tmp_path, max_delete_share="0.9"
    ) as made:  # the tables are tiny
        yield made
        assert not made.sandbox.writes  # type: ignore[attr-defined]


@pytest.fixture
def empty(vendor: str, tmp_path: Path) -> Iterator[SyncHarness]:
    """A stand whose warehouse does not exist yet."""
    with open_harness(sandbox_of(vendor), duckdb_url(tmp_path), tmp_path) as made:
        yield made
        assert not made.sandbox.writes  # type: ignore[attr-defined]


def sandbox_of(vendor: str) -> Any:
    """The same data for every test."""
    return SANDBOXES[vendor](seed=11, size=FACTS[vendor].size, edge_cases=True)


def assert_equal(made: SyncHarness, *only: str) -> None:
    remaining = made.differences(*only)
    assert not remaining, describe(remaining)


def assert_synced(report: Report, code: int = 0) -> None:
    errors = [f"{o.table}: {o.error}" for o in report.outcomes if o.error]
    assert report.exit_code == code, [report.error, *errors]


def row_id(key: tuple[str, ...]) -> Any:
    """A key as the sandboxes take it: numbers where the vendor's ids are numbers."""
    return int(key[0]) if key[0].isdigit() else key[0]


def change(box: Any, table: str, key: tuple[str, ...]) -> None:
    box.change(table, row_id(key))


def restore_untouched(box: Any, table: str, id: Any) -> None:
    """Back exactly as it was, where the vendor has a time of change at all."""
    touch: Callable[..., Any] = box.restore
    try:
        touch(table, id, touch=False)
    except TypeError:
        touch(table, id)


def deleted(stored: Snapshot, vendor: str, table: str) -> set[tuple[str, ...]]:
    key = inventory(vendor)[table].key
    return {
        tuple(str(row[name]) for name in key) for row in stored.rows[table] if row["_deleted_at"] is not None
    }


def short_pages(made: SyncHarness) -> SyncHarness:
    """The same stand, where every list is asked for in pages of a few rows."""

    if hasattr(made.sandbox, "page_size"):
        made.sandbox.page_size = 10
    vendor = made.account.vendor
    tables = tuple(replace(table, pager=table.pager and table.pager.with_size(10)) for table in vendor.tables)
    vendor = replace(vendor, tables=tables, pager=vendor.pager.with_size(10))
    return replace(made, account=replace(made.account, vendor=vendor))
