"""Declarations: what they say, and which are refused."""

from __future__ import annotations

import pytest

from fieldhouse.sources.engine.spec.row import (
    ColumnType,
    ForeignKey,
    Id,
    Int,
    Json,
    Row,
    Text,
    Timestamp,
    column,
    declared,
)


class Agent(Row):
    id: ForeignKey = column("who handles it", references="agents.id")
    username: Text = column("sign-in name", personal=True, example="jane")


class Attachment(Row):
    id: Id = None
    name: Text = None


class Comment(Row):
    id: Id = None
    body: Text = None
    attachments: list[Attachment] | None = None


class Ticket(Row):
    id: Id = None
    minutes: Int = column("time spent", unit="minutes")
    agent: Agent | None = None
    comments: list[Comment] = column("what was said")
    tags: list[Text] | None = None
    custom: Json = None
    due: Timestamp = column("when it is due", zone="organization")
    clock: Text = column("how times are shown", name="_24_hour_clock")


def test_columns_and_children_in_declared_order() -> None:
    results = declared(Ticket)
    assert [item.name for item in results] == [
        "id",
        "minutes",
        "agent__id",
        "agent__username",
        "comments",
        "tags",
        "custom",
        "due",
        "_24_hour_clock",
    ]
    assert [item.path for item in results][3] == ("agent", "username")


def test_what_a_declaration_says() -> None:
    results = {item.name: item for item in declared(Ticket)}
    assert results["minutes"].unit == "minutes"
    assert results["minutes"].type is ColumnType.INT
    assert results["agent__id"].references == "agents.id"
    assert results["agent__username"].personal is True
    assert results["agent__username"].example == "jane"
    assert results["due"].zone == "organization"
    assert results["comments"].description == "what was said"


def test_children_stand_inside_their_table() -> None:
    results = {item.name: item for item in declared(Ticket)}
    comments = results["comments"]
    assert comments.type is None
    assert [item.name for item in comments.children] == ["id", "body", "attachments"]
    assert [item.name for item in comments.children[2].children] == ["id", "name"]
    assert [(item.name, item.type) for item in results["tags"].children] == [("value", ColumnType.TEXT)]


def test_a_plain_python_type_is_refused() -> None:
    class Plain(Row):
        count: int | None = None

    with pytest.raises(TypeError, match="Plain"):
        declared(Plain)


def test_a_list_of_lists_is_refused() -> None:
    class Lists(Row):
        cells: list[list[Text]] | None = None

    with pytest.raises(TypeError, match="Lists"):
        declared(Lists)


def test_a_name_that_no_vendor_name_gives_is_refused() -> None:
    class Camel(Row):
        userId: Text = None

    class Flat(Row):
        agent__name: Text = None

    for model in (Camel, Flat):
        with pytest.raises(ValueError, match="snake_case"):
            declared(model)


def test_a_name_twice_is_refused() -> None:
    class Twice(Row):
        one: Text = None
        other: Text = column("the same", name="one")

    with pytest.raises(ValueError, match="one more than once"):
        declared(Twice)


class Folder(Row):
    name: Text = None
    folders: list[Folder] | None = None


def test_a_model_inside_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="holds itself"):
        declared(Folder)


def test_a_row_takes_whatever_comes() -> None:
    assert Ticket.model_validate({"id": "1", "unheard_of": [1]}).model_extra == {"unheard_of": [1]}
