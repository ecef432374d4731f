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
    found = declared(Ticket)
    assert [each.name for each in found] == [
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
    assert [each.path for each in found][3] == ("agent", "username")


def test_what_a_declaration_says() -> None:
    found = {each.name: each for each in declared(Ticket)}
    assert found["minutes"].unit == "minutes"
    assert found["minutes"].type is ColumnType.INT
    assert found["agent__id"].references == "agents.id"
    assert found["agent__username"].personal is True
    assert found["agent__username"].example == "jane"
    assert found["due"].zone == "organization"
    assert found["comments"].description == "what was said"


def test_children_stand_inside_their_table() -> None:
    found = {each.name: each for each in declared(Ticket)}
    comments = found["comments"]
    assert comments.type is None
    assert [each.name for each in comments.children] == ["id", "body", "attachments"]
    assert [each.name for each in comments.children[2].children] == ["id", "name"]
    assert [(each.name, each.type) for each in found["tags"].children] == [("value", ColumnType.TEXT)]


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
