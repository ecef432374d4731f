"""Frames: what nobody declared, and values that do not fit."""

from __future__ import annotations

from typing import Any

import pytest

from fieldhouse.sources.engine.normalize.normalizer import Normalizer, logical
from tests.engine.normalize.ticket_rows import Ticket, framed, rows, shaper


def sent(row: dict[str, Any]) -> dict[str, Any]:
    """What a row says that is neither null nor ours."""
    return {name: value for name, value in row.items() if value is not None and not name.startswith("_")}


def test_undeclared_fields_arrive() -> None:
    frames = framed(
        [
            {"id": 1, "vip": True, "score": 5, "ratio": 0.5, "seen": "2026-01-01T00:00:00Z", "nothing": None},
            {"id": 2, "team": {"name": "north", "lead": {"name": "jo"}}, "rooms": [{"nr": 1}, {"nr": 2}]},
        ]
    )
    columns = frames.columns["tickets"]
    assert [logical(columns[name]) for name in ("vip", "score", "ratio", "seen")] == [
        "boolean",
        "bigint",
        "double",
        "text",
    ]
    assert "nothing" not in columns
    assert rows(frames)[1]["team__lead__name"] == "jo"
    assert columns["team__lead__name"].original == "team.lead.name"
    assert [item["nr"] for item in rows(frames, "tickets__rooms")] == [1, 2]


def test_objects_deeper_than_the_depth_are_json() -> None:
    frames = framed([{"id": 1, "a": {"b": {"c": {"x": 1}}}}], shaper(depth=2))
    assert rows(frames)[0]["a__b__c"] == '{"x":1}'
    assert frames.columns["tickets"]["a__b__c"].json


def test_lists_deeper_than_the_depth_are_json() -> None:
    frames = framed([{"id": 1, "a": [{"b": [{"c": [1, 2]}]}]}], shaper(depth=2))
    assert rows(frames, "tickets__a__b")[0]["c"] == "[1,2]"


def test_lists_of_all_sorts() -> None:
    frames = framed([{"id": 1, "mix": [5, "a", None, {"name": "x", "value": 7}, [1, [2]]]}])
    assert [(item["_list_index"], sent(item)) for item in rows(frames, "tickets__mix")] == [
        (0, {"value": "5"}),
        (1, {"value": "a"}),
        (2, {}),
        (3, {"value": "7", "name": "x"}),
        (4, {"value": "[1,[2]]"}),
    ]


def test_empty_objects_and_lists_add_nothing() -> None:
    plain, empty = framed([{"id": 1}]), framed([{"id": 1, "a": {}, "b": [], "c": {"d": {}}, "agent": {}}])
    assert plain.tables["tickets"].column_names == empty.tables["tickets"].column_names
    assert [*plain.tables, "tickets__b"] == list(empty.tables)


def test_a_value_that_does_not_fit_is_kept_beside_its_column() -> None:
    frames = framed(
        [
            {"id": 1, "minutes": 5, "title": {"en": "hi"}},
            {"id": 2, "minutes": "ages", "title": ["a"]},
            {"id": 3, "minutes": 2**70 + 1, "open": "perhaps"},
        ]
    )
    assert [sent(row) for row in rows(frames)] == [
        {"id": 1, "minutes": 5.0, "title__v_text": '{"en":"hi"}'},
        {"id": 2, "minutes__v_text": "ages", "title__v_text": '["a"]'},
        {"id": 3, "minutes__v_text": str(2**70 + 1), "open__v_text": "perhaps"},
    ]
    beside = frames.columns["tickets"]["minutes__v_text"]
    assert (beside.original, beside.declared) == ("minutes", False)
    assert {(issue.column, issue.count) for issue in frames.issues} == {
        ("title", 2),
        ("minutes", 2),
        ("open", 1),
    }


def test_impossible_times_become_null_are_counted_and_keep_their_text() -> None:
    frames = framed(
        [
            {"id": 1, "created_at": "2016-10-23T12:45:74.234Z"},
            {"id": 2, "created_at": "0000-00-00"},
            {"id": 3, "created_at": "soon"},
        ]
    )
    assert [sent(row) for row in rows(frames)] == [
        {"id": 1, "created_at__v_text": "2016-10-23T12:45:74.234Z"},
        {"id": 2, "created_at__v_text": "0000-00-00"},
        {"id": 3, "created_at__v_text": "soon"},
    ]
    impossible = frames.issues[-1]
    assert (impossible.table, impossible.column, impossible.count) == ("tickets", "created_at", 2)
    assert "impossible time" in impossible.reason
    assert "99:99:99" in impossible.example, "the form shows, the value does not"


def test_a_plain_value_where_an_object_or_a_list_is_declared() -> None:
    frames = framed(
        [{"id": 1, "agent": "jane", "comments": "none"}, {"id": 2, "agent": [1], "comments": {"n": 1}}]
    )
    assert [sent(row) for row in rows(frames)] == [
        {"id": 1, "agent": "jane", "comments": "none"},
        {"id": 2, "agent": "[1]", "comments": '{"n":1}'},
    ]
    assert not frames.columns["tickets"]["agent"].declared


def test_mixed_types_nobody_declared() -> None:
    frames = framed(
        [
            {"id": 1, "a": 1, "b": 1, "c": 2**53 + 1, "d": 2**64, "e": 1, "f": "x"},
            {"id": 2, "a": 2.5, "b": True, "c": 0.5, "d": 3, "e": {"g": 4}, "f": [1]},
        ]
    )
    one, two = (sent(row) for row in rows(frames))
    assert (one["a"], two["a"]) == (1.0, 2.5)
    assert (one["b"], two["b"]) == ("1", "true")
    assert (one["c"], two["c"]) == (str(2**53 + 1), "0.5")
    assert (one["d"], two["d"]) == (str(2**64), "3")
    assert (one["e"], two["e__g"], "e" in two) == (1, 4, False)
    assert (one["f"], "f" in two) == ("x", False)
    assert rows(frames, "tickets__f")[0]["value"] == 1


def test_colliding_names_do_not_depend_on_other_rows() -> None:
    both = {"id": 1, "userId": "a", "user_id": "b"}
    alone = framed([both])
    among = framed([{"id": 2, "userID": "c"}, both, {"id": 3, "user_id": "d"}])
    assert sent(rows(alone)[0]) == sent(rows(among)[1])
    assert rows(among)[0]["user_id"] == "c"
    assert rows(alone)[0]["user_id"] == "b"


def test_our_own_names_stay_ours() -> None:
    frames = framed([{"id": 1, "_deleted_at": "x", "_synced_at": "y", "comments": [{"_list_index": "z"}]}])
    assert (rows(frames)[0]["x_deleted_at"], rows(frames)[0]["x_synced_at"]) == ("x", "y")
    assert rows(frames, "tickets__comments")[0]["x_list_index"] == "z"


def test_characters_that_cannot_be_stored() -> None:
    frames = framed(
        [{"id": 1, "title": "a\x00b", "note": "c\ud800", "custom": {"k\x00": "\udfff"}, "d\x00": 1}]
    )
    row = rows(frames)[0]
    assert (row["title"], row["note"]) == ("a\u2400b", "c\ufffd")
    assert row["custom"] == '{"k\u2400":"\ufffd"}'
    assert row["d"] == 1
    assert {issue.column for issue in frames.issues} == {"title", "note"}


def test_personal_values_stay_out_of_reports() -> None:
    frames = framed([{"id": 1, "agent": {"username": ["jane"]}}])
    assert [(issue.column, issue.example) for issue in frames.issues] == [("agent__username", "")]


def test_a_list_in_an_object_and_one_in_a_list_never_share_a_table() -> None:
    frames = framed([{"id": 1, "a": {"b": ["x"]}}, {"id": 2, "a": [{"b": ["y"]}]}])
    values = {name: [row["value"] for row in rows(frames, name)] for name in frames.tables if "__b" in name}
    assert values["tickets__a__b"] == ["x"]
    assert sorted(values.values()) == [["x"], ["y"]]
    once = shaper()
    framed([{"id": 1, "a": {"b": ["x"]}}], once)
    assert "tickets__a__b" not in framed([{"id": 2, "a": [{"b": ["y"]}]}], once).tables


def test_a_batch_is_the_sum_of_its_records() -> None:
    records = [
        {
            "id": n,
            "x": n,
            "tags": ["a"] * n,
            "agent": {"id": n} if n % 2 else None,
            "team": {"t": n} if n > 2 else {},
        }
        for n in range(5)
    ]
    complete = [sent(row) for row in rows(framed(records))]
    assert complete == [sent(rows(framed([record]))[0]) for record in records]
    turned = {row["id"]: sent(row) for row in rows(framed(records[::-1]))}
    assert turned == {row["id"]: row for row in complete}


def test_what_is_no_record_is_handed_back() -> None:
    records: list[Any] = ["x", {"id": 1}, {"title": "no key"}, None, {"id": 1.5}, {"ID": "2"}]
    good, keys, bad = shaper().split(records)
    assert good == [{"id": 1}, {"ID": "2"}]
    assert {why for why, _ in bad} == {"not an object", "key id is missing or null", "key id is no integer"}
    assert {id(record) for _, record in bad} <= {id(record) for record in records}
    assert keys.to_pydict() == shaper().keys(good).to_pydict() == {"id": [1, 2]}


@pytest.mark.parametrize("id", ["abc", "007", "+7", "7.0", "-0", 2**63, "9" * 19])
def test_an_integer_key_becomes_text_where_another_id_comes(id: Any) -> None:
    records = [{"id": 1}, {"id": id}, {"id": "2"}, {"id": 3.0}]
    good, keys, bad = shaper().split(records)
    assert (good, bad) == (records, [])
    assert keys.to_pydict() == {"id": ["1", str(id), "2", "3"]}
    frames = shaper().frames(good, [0] * 4, shaper().hashes(good))
    assert frames.tables["tickets"].column("id").to_pylist() == keys.column("id").to_pylist()


def test_an_integer_key_is_kept_as_declared_if_ids_are_not_to_widen() -> None:
    narrow = Normalizer("tickets", ("id",), Ticket, widens_ids=False)
    good, _, bad = narrow.split([{"id": 1}, {"id": "abc"}])
    assert good == [{"id": 1}]
    assert [why for why, _ in bad] == ["key id is no integer"]


def test_a_key_that_is_no_column_is_refused() -> None:
    for key in (("number",), ("agent",), ("tags",)):
        with pytest.raises(ValueError, match=key[0]):
            Normalizer("tickets", key, Ticket)
    with pytest.raises(ValueError, match="no key"):
        Normalizer("tickets", (), Ticket)
