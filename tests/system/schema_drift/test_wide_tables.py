"""More columns than a database holds, rows longer than its page, and objects in objects without end."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from fieldhouse.sources.engine.normalize.frames import Column
from fieldhouse.sources.engine.normalize.overflow_column import REST, overflowed
from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from tests.support.sync_harness import SyncHarness, open_harness


@pytest.fixture
def at(warehouse_url: str, tmp_path: Path) -> Iterator[SyncHarness]:
    with open_harness(BossDeskSandbox(size=0.05, edge_cases=True), warehouse_url, tmp_path) as made:
        yield made


def show(at: SyncHarness, first: int, last: int, length: int) -> None:
    """Fields ``w<number>`` in every tag: a number, a text of some length, or a small list that stays one."""
    for number in range(first, last):
        at.sandbox.add_field(
            "tags", f"w{number}", lambda row, number=number: value(row["id"], number, length)
        )  # type: ignore[attr-defined]


def value(key: int, number: int, length: int) -> Any:
    return key * number if number % 5 == 0 else f"{key}-{number}-".ljust(length, "x")


def kept(row: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of one row, wherever they stand."""
    rest = row.get(REST) or "{}"
    results = {**row, **(json.loads(rest) if isinstance(rest, str) else rest)}
    return {name: item for name, item in results.items() if name[:1] == "w" and item is not None}


def test_columns_beyond_the_limit_stand_in_rest_and_long_rows_too(at: SyncHarness) -> None:
    show(at, 0, 950, 12)
    first = at.sync("tags", "teams")
    assert first.exit_code == 0, [str(outcome.error) for outcome in first.outcomes]
    assert len(at.snapshot().columns["tags"]) == pytest.approx(960, abs=10)
    show(at, 900, 1750, 40)
    report = at.sync("tags", "teams")
    assert report.exit_code == 0
    assert "more changes: see _schema_changes" in str(report.outcomes[0].notes)
    stored = at.snapshot()
    assert 1000 <= len(stored.columns["tags"]) < 1010
    for row in stored.live("tags"):
        wanted = {f"w{n}": value(row["id"], n, 12 if n < 900 else 40) for n in range(1750)}
        assert kept(row) == wanted
    messages = [row for row in stored.books["_schema_changes"] if row["action"] == "in _rest"]
    assert {row["column_name"] for row in messages} >= {"w1100", "w1749"}
    assert at.sync("tags", "teams").outcomes[0].rows_written == 0
    at.sandbox.change("tags")  # type: ignore[attr-defined]
    assert at.sync("tags", "teams").exit_code == 0
    again = [row for row in at.snapshot().books["_schema_changes"] if row["action"] == "in _rest"]
    assert len(again) == len(messages)


def test_nesting_of_any_depth_is_kept(at: SyncHarness) -> None:
    deep: Any = "bottom"
    lists: Any = "bottom"
    for level in range(60):
        deep, lists = {f"k{level}": deep, "x": level}, [lists, level]
    at.sandbox.add_field("tags", "deep", deep)  # type: ignore[attr-defined]
    at.sandbox.add_field("tags", "lists", lists)  # type: ignore[attr-defined]
    assert at.sync("tags").exit_code == 0
    stored = at.snapshot()
    (row, *_) = stored.live("tags")
    inner = deep
    for level in (59, 58, 57, 56):
        inner = inner[f"k{level}"]
    results = row["deep__k59__k58__k57__k56"]
    assert (json.loads(results) if isinstance(results, str) else results) == inner
    assert row["deep__k59__k58__x"] == 57
    tops = [item["value"] for item in stored.live("tags__lists") if item["_parent_id"] == row["id"]]
    assert sorted(map(str, tops))[0] == "59"


def table(**columns: Any) -> tuple[list[pa.Table], dict[str, Column]]:
    made = pa.table(columns)
    return [made], {field.name: Column(field.name, field.type) for field in made.schema}


def test_held_and_declared_columns_come_first() -> None:
    batches, columns = table(a=["1"], b=["2"], c=["3"])
    columns["c"] = Column("c", pa.string(), declared=True)
    made = overflowed(batches, columns, {"b", "old"}, most=3)
    assert list(made.columns) == ["b", "c", REST]
    assert made.batches[0].to_pylist() == [{"b": "2", "c": "3", REST: '{"a":"1"}'}]
    assert [column.name for column in made.apart] == ["a"]
    assert list(overflowed(batches, columns, {"b", "old"}, most=3, discard=True).columns) == ["b", "c"]


def test_values_keep_their_type_in_rest() -> None:
    batches, columns = table(a=[1, None], b=[True, None], c=['{"x": [1]}', None], d=["t", None])
    columns["c"] = Column("c", pa.string(), json=True)
    made = overflowed(batches, columns, (), most=0)
    (first, second) = made.batches[0].column(REST).to_pylist()
    assert json.loads(first) == {"a": 1, "b": True, "c": {"x": [1]}, "d": "t"}
    assert second is None
