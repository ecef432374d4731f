"""Row index: finds rows by key, and tells new, changed, unchanged and missing ones apart."""

from __future__ import annotations

import pyarrow as pa
import pytest

from fieldhouse.sources.engine.changes.row_index import RowIndex, joined_keys, key_hash, key_hashes

from .stored import index, known


def test_a_stored_key_has_a_position_and_an_unknown_one_has_none() -> None:
    rows = index({"id": 30}, {"id": 10}, {"id": 20})
    assert len(rows) == 3
    assert sorted(rows.find(key) for key in (10, 20, 30)) == [0, 1, 2]
    assert rows.find(15) == rows.find(99) == -1


def test_a_row_is_the_same_only_with_its_hash_and_while_it_is_live() -> None:
    rows = index({"id": 1, "hash": 7}, {"id": 2, "hash": 8, "deleted": True})
    live, deleted = rows.find(1), rows.find(2)
    assert rows.is_same(live, 7)
    assert not rows.is_same(live, 8)
    assert not rows.is_same(deleted, 8)
    assert rows.is_same_but_deleted(deleted, 8)
    assert rows.is_deleted(deleted)
    assert rows.live == 1
    assert not any(
        (
            rows.is_same(-1, 0),
            rows.is_deleted(-1),
            rows.is_same_but_deleted(-1, 0),
            rows.is_same_list_row(-1, 0),
        )
    )


def test_missing_rows_are_live_and_were_not_seen() -> None:
    rows = index({"id": 1}, {"id": 2}, {"id": 3, "deleted": True})
    assert rows.see(1) == rows.find(1)
    assert rows.missing() == [rows.find(2)]
    rows.forget_seen()
    assert sorted(rows.missing()) == sorted([rows.find(1), rows.find(2)])


def test_every_copy_of_a_row_is_seen() -> None:
    rows = index({"id": 5}, {"id": 5}, {"id": 6})
    rows.see(5)
    assert rows.keys(rows.missing()).to_pylist() == [{"id": 6}]


def test_extra_columns_follow_their_rows() -> None:
    rows = index({"id": 9, "day": "b"}, {"id": 4, "day": "a"}, extra=["day"])
    assert rows.value(rows.find(9), "day") == "b"
    assert rows.positions_where("day", {"a"}) == [rows.find(4)]


@pytest.mark.parametrize("id", [0, -1, 2**63 - 1, -(2**63)])
def test_an_integer_key_is_its_own_hash(id: int) -> None:
    assert key_hash([id]) == id


def test_composite_and_text_keys_have_hashes_of_64_bits() -> None:
    keys = pa.table({"a": ["x", "xy"], "b": ["yz", "z"]})
    first, second = key_hashes(keys)
    assert first != second
    assert all(-(2**63) <= value < 2**63 for value in (first, second))
    assert key_hash(["x", "yz"]) == first


def test_rows_without_list_hashes_match_no_list_row() -> None:
    rows = RowIndex(("id",), known([{"id": 1, "list_hash": 5}]).drop_columns("_list_hash"))
    assert not rows.is_same_list_row(rows.find(1), 5)


@pytest.mark.parametrize("number", [0, 7, -5, 2**63 - 1, -(2**63)])
def test_text_of_an_integer_is_the_same_key_as_the_integer(number: int) -> None:
    assert key_hash([number]) == key_hash([str(number)]) == number


@pytest.mark.parametrize("text", ["007", "+7", "7.0", " 7", "-0", "٧", "", str(2**63), "tkt_7"])
def test_no_other_text_is_the_key_of_an_integer(text: str) -> None:
    assert key_hash([text]) not in (0, 7, -7, 2**63)


def test_keys_of_two_types_are_joined_as_text() -> None:
    joined = joined_keys(pa.table({"id": ["7", "tkt_9"]}), pa.table({"id": pa.array([8], pa.int64())}))
    assert joined.to_pydict() == {"id": ["7", "tkt_9", "8"]}
