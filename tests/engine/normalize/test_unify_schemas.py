"""Batches that disagree come to one form, and no value changes on the way."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from fieldhouse.sources.engine.normalize.normalizer import Column, Frames, Normalizer
from fieldhouse.sources.engine.normalize.unify_schemas import conform, unify_schemas
from fieldhouse.sources.engine.spec.row import Int, Row, Text


class Item(Row):
    id: Int = None
    name: Text = None


def framed(*records: dict[str, Any]) -> Frames:
    made = Normalizer("things", ("id",), Item)
    return made.frames(records, [0] * len(records), made.hashes(records))


def united(*batches: Frames, table: str = "things") -> tuple[dict[str, Column], pa.Table]:
    columns = unify_schemas([batch.columns[table] for batch in batches if table in batch.columns])
    return columns, pa.concat_tables(conform(batch.tables[table], columns) for batch in batches)


def values(*sent: Any) -> tuple[pa.DataType, list[Any]]:
    """One batch for each value of an undeclared field."""
    _, complete = united(*(framed({"id": at, "x": value}) for at, value in enumerate(sent)))
    return complete.schema.field("x").type, complete.column("x").to_pylist()


@pytest.mark.parametrize(
    ("sent", "type_", "wanted"),
    [
        ((1, 2), pa.int64(), [1, 2]),
        ((1, None), pa.int64(), [1, None]),
        ((1, 2.5), pa.float64(), [1.0, 2.5]),
        ((2**53 + 1, 2.5), pa.string(), [str(2**53 + 1), "2.5"]),
        ((2.5, None, -(2**53) - 1), pa.string(), ["2.5", None, str(-(2**53) - 1)]),
        ((1, 2.5, 2**63 - 1), pa.string(), ["1", "2.5", str(2**63 - 1)]),
        ((1, 2**70), pa.string(), ["1", str(2**70)]),
        ((1, "a"), pa.string(), ["1", "a"]),
        ((True, 1), pa.string(), ["true", "1"]),
        ((float("inf"), "a"), pa.string(), ["Infinity", "a"]),
    ],
)
def test_types_of_batches(sent: tuple[Any, ...], type_: pa.DataType, wanted: list[Any]) -> None:
    assert values(*sent) == (type_, wanted)
    assert values(*sent[::-1]) == (type_, wanted[::-1])


def test_missing_columns_are_null_and_ours_stay_last() -> None:
    columns, complete = united(framed({"id": 1, "a": 1}), framed({"id": 2, "b": {"c": "x"}}))
    assert list(columns) == ["id", "name", "a", "b__c", "_synced_at", "_row_hash"]
    assert complete.column_names == list(columns)
    assert complete.column("a").to_pylist() == [1, None]
    assert columns["b__c"].original == "b.c"


def test_declared_columns_learn_the_vendors_spelling() -> None:
    columns, _ = united(framed({"id": 1}), framed({"id": 2, "Name": "x"}))
    assert (columns["name"].original, columns["name"].declared) == ("Name", True)


def test_json_beside_text_is_text() -> None:
    deep = {"a": {"b": {"c": {"d": {"e": 1}}}}}
    json, mixed = framed({"id": 1, **deep}), framed({"id": 2, "a": {"b": {"c": {"d": {"e": "plain"}}}}})
    assert not unify_schemas([json.columns["things"]])["a__b__c__d__e"].json
    lower = framed({"id": 1, "a": {"b": {"c": {"d": {"e": {"f": 1}}}}}})
    assert unify_schemas([lower.columns["things"]])["a__b__c__d__e"].json
    columns, complete = united(lower, mixed)
    assert not columns["a__b__c__d__e"].json
    assert complete.column("a__b__c__d__e").to_pylist() == ['{"f":1}', "plain"]


def test_parents_without_an_id_take_the_type_of_those_with_one() -> None:
    without, with_ = framed({"id": 1, "a": [{"b": [1]}]}), framed({"id": 2, "a": [{"id": 7, "b": [2]}]})
    columns, complete = united(without, with_, table="things__a__b")
    assert columns["_parent_id"].type == pa.int64()
    assert complete.select(["_root_id", "_parent_id", "_parent_index"]).to_pylist() == [
        {"_root_id": 1, "_parent_id": None, "_parent_index": 0},
        {"_root_id": 2, "_parent_id": 7, "_parent_index": None},
    ]
    alone = unify_schemas([without.columns["things__a__b"]])
    assert alone["_parent_id"].type == pa.string()


def test_a_column_of_no_catalogue_is_refused() -> None:
    one, other = framed({"id": 1}), framed({"id": 1, "a": 1})
    with pytest.raises(ValueError, match="a"):
        conform(other.tables["things"], unify_schemas([one.columns["things"]]))


def test_a_type_that_unify_did_not_choose_is_refused() -> None:
    batch = framed({"id": 1, "x": "a"}).tables["things"]
    wanted = unify_schemas([framed({"id": 1, "x": 1}).columns["things"]])
    with pytest.raises(ValueError, match="x: string cannot become int64"):
        conform(batch, wanted)
