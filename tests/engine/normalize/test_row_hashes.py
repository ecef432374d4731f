"""Row hashes: the same for the same content, another for any other."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from fieldhouse.sources.engine.normalize.normalizer import Normalizer
from fieldhouse.sources.engine.spec.row import Id, Int, Row, Text


class Item(Row):
    id: Id = None
    name: Text = None


class Other(Row):
    id: Id = None
    name: Int = None


def hashed(*records: dict[str, Any], made: Normalizer | None = None) -> list[int]:
    results = (made or Normalizer("things", ("id",), Item)).hashes(records)
    assert results.type == pa.int64()
    return results.to_pylist()  # type: ignore[no-any-return]


def test_the_order_of_keys_does_not_count() -> None:
    one, other = hashed({"id": 1, "a": {"x": 1, "y": 2}}, {"a": {"y": 2, "x": 1}, "id": 1})
    assert one == other


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1}, {"a": "1"}),
        ({"a": 1}, {"a": 1.0}),
        ({"a": 1}, {"a": True}),
        ({"a": None}, {}),
        ({"a": None}, {"a": float("nan")}),
        ({"a": [None]}, {"a": [float("inf")]}),
        ({"a": float("-inf")}, {"a": float("inf")}),
        ({"a": [1, 2]}, {"a": [2, 1]}),
        ({"a": 2**64}, {"a": 2**64 + 1}),
        ({"a": "\ud800"}, {"a": "\ufffd"}),
        ({"a": "\x00"}, {"a": "\u2400"}),
        ({"a": {}}, {"a": []}),
    ],
)
def test_any_difference_counts(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert hashed(one) == hashed(dict(one))
    assert hashed(one) != hashed(other)


def test_a_change_of_declaration_or_settings_counts_as_a_change_of_rows() -> None:
    record = {"id": 1, "name": "x"}
    makers = [
        Normalizer("things", ("id",), Item),
        Normalizer("things", ("id",), Other),
        Normalizer("things", ("id",), Item, drop=("things.name",)),
        Normalizer("things", ("id",), Item, mask=("things.name",), salt=b"one"),
        Normalizer("things", ("id",), Item, mask=("things.name",), salt=b"two"),
        Normalizer("things", ("id",), Item, depth=2),
    ]
    results = [hashed(record, made=made)[0] for made in makers]
    assert len(set(results)) == len(makers)


def test_the_hash_is_the_same_on_every_machine() -> None:
    assert hashed({"id": 1, "name": "x"}) == hashed(
        {"id": 1, "name": "x"}, made=Normalizer("t", ("id",), Item)
    )
