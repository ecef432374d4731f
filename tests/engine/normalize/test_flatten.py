"""Frames: flattening, declared children, and the columns that tie them together."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa

from fieldhouse.sources.engine.normalize.normalizer import Normalizer, logical
from fieldhouse.sources.engine.spec.row import (
    Id,
    Row,
)
from tests.engine.normalize.ticket_rows import framed, rows


class Membership(Row):
    workgroup: Id = None
    member: Id = None


def test_declared_columns_come_typed_and_in_order_even_when_nothing_came() -> None:
    frames = framed([{"id": 1}])
    table = frames.tables["tickets"]
    assert table.column_names == [
        "id",
        "title",
        "minutes",
        "cost",
        "open",
        "created_at",
        "agent__id",
        "agent__username",
        "custom",
        "_synced_at",
        "_row_hash",
    ]
    assert table.schema.field("cost").type == pa.decimal128(38, 9)
    assert table.schema.field("created_at").type == pa.timestamp("us", "UTC")
    assert [logical(item) for item in frames.columns["tickets"].values()][-4:] == [
        "text",
        "json",
        "timestamp",
        "bigint",
    ]


def test_declared_children_are_there_with_no_rows() -> None:
    frames = framed([{"id": 1}])
    assert list(frames.tables) == [
        "tickets",
        "tickets__comments",
        "tickets__comments__attachments",
        "tickets__visits",
        "tickets__visits__crew",
        "tickets__tags",
    ]
    attachments = frames.tables["tickets__comments__attachments"]
    assert attachments.num_rows == 0
    assert attachments.schema.names == [
        "id",
        "name",
        "_parent_id",
        "_root_id",
        "_list_index",
        "_synced_at",
    ]
    assert attachments.schema.field("_parent_id").type == pa.int64()


def test_no_records_at_all() -> None:
    frames = framed([])
    assert frames.tables["tickets"].num_rows == 0
    assert frames.tables["tickets__tags"].num_rows == 0


def test_vendor_spelling_meets_declared_names() -> None:
    frames = framed(
        [{"Id": 1, "CreatedAt": "2026-01-02T03:04:05Z", "Agent": {"UserName": "jane", "Username": "x"}}]
    )
    row = rows(frames)[0]
    assert row["created_at"] == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert frames.columns["tickets"]["created_at"].original == "CreatedAt"
    assert row["agent__username"] == "x"
    assert row["agent__user_name"] == "jane"
    assert frames.columns["tickets"]["agent__user_name"].original == "Agent.UserName"
    assert not frames.columns["tickets"]["agent__user_name"].declared


def test_children_two_levels_deep() -> None:
    frames = framed(
        [
            {"id": 7, "comments": []},
            {
                "id": 8,
                "comments": [
                    {
                        "id": 80,
                        "body": "a",
                        "attachments": [{"id": 800, "name": "x"}, {"id": 801, "name": "y"}],
                    },
                    {"id": 81, "body": "b"},
                ],
                "tags": ["red", "blue"],
            },
            {"id": 9, "comments": [{"id": 90, "attachments": [{"id": 900}]}]},
        ]
    )
    comments = rows(frames, "tickets__comments")
    assert [(item["_parent_id"], item["_list_index"], item["id"]) for item in comments] == [
        (8, 0, 80),
        (8, 1, 81),
        (9, 0, 90),
    ]
    attachments = rows(frames, "tickets__comments__attachments")
    assert [
        (item["_root_id"], item["_parent_id"], item["_list_index"], item["id"]) for item in attachments
    ] == [
        (8, 80, 0, 800),
        (8, 80, 1, 801),
        (9, 90, 0, 900),
    ]
    tags = rows(frames, "tickets__tags")
    assert [(item["_parent_id"], item["_list_index"], item["value"]) for item in tags] == [
        (8, 0, "red"),
        (8, 1, "blue"),
    ]
    assert {item["_synced_at"] for item in tags} == {rows(frames)[1]["_synced_at"]}
    assert attachments[2]["_synced_at"] == rows(frames)[2]["_synced_at"]


def test_children_of_rows_without_an_id_name_their_parents_place() -> None:
    frames = framed([{"id": 1, "visits": [{"crew": ["ann"]}, {"crew": ["bob", "cy"]}]}])
    crew = rows(frames, "tickets__visits__crew")
    assert [
        (item["_root_id"], item["_parent_id"], item["_parent_index"], item["value"]) for item in crew
    ] == [
        (1, None, 0, "ann"),
        (1, None, 1, "bob"),
        (1, None, 1, "cy"),
    ]


def test_a_missing_parent_id_among_others() -> None:
    frames = framed(
        [{"id": 1, "comments": [{"id": 5, "attachments": [{"id": 50}]}, {"attachments": [{"id": 51}]}]}]
    )
    attachments = rows(frames, "tickets__comments__attachments")
    assert [(item["_parent_id"], item["_parent_index"]) for item in attachments] == [(5, None), (None, 1)]


def test_keys_of_several_columns() -> None:
    made = Normalizer("memberships", ("workgroup", "member"), Membership)
    records = [{"workgroup": "1", "member": 2, "roles": [{"id": 3, "rights": ["read"]}]}]
    good, _, bad = made.split([*records, {"workgroup": "1"}, {"workgroup": "", "member": "4"}])
    assert [why for why, _ in bad] == ["key member is missing or null", "key workgroup is missing or null"]
    frames = made.frames(good, [0], made.hashes(good))
    role = rows(frames, "memberships__roles")[0]
    assert (role["_parent_workgroup"], role["_parent_member"], role["id"]) == ("1", "2", 3)
    right = rows(frames, "memberships__roles__rights")[0]
    assert (right["_root_workgroup"], right["_root_member"], right["_parent_id"]) == ("1", "2", 3)
    assert right["value"] == "read"
