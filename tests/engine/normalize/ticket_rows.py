"""Declared rows of tickets, and what records become by them."""

from __future__ import annotations

from typing import Any

from fieldhouse.sources.engine.normalize.normalizer import Frames, Normalizer
from fieldhouse.sources.engine.spec.row import (
    Bool,
    Decimal,
    Float,
    ForeignKey,
    Int,
    Json,
    Row,
    Text,
    Timestamp,
    column,
)


class Agent(Row):
    id: ForeignKey = None
    username: Text = column("sign-in name", personal=True)


class Attachment(Row):
    id: Int = None
    name: Text = None


class Comment(Row):
    id: Int = None
    body: Text = None
    attachments: list[Attachment] | None = None


class Visit(Row):
    starts: Timestamp = None
    crew: list[Text] | None = None


class Ticket(Row):
    id: Int = None
    title: Text = None
    minutes: Float = None
    cost: Decimal = None
    open: Bool = None
    created_at: Timestamp = None
    agent: Agent | None = None
    custom: Json = None
    comments: list[Comment] | None = None
    visits: list[Visit] | None = None
    tags: list[Text] | None = None


def shaper(**options: Any) -> Normalizer:
    return Normalizer("tickets", ("id",), Ticket, **options)


def framed(records: list[dict[str, Any]], with_: Normalizer | None = None) -> Frames:
    chosen = with_ or shaper()
    good, _, bad = chosen.split(records)
    assert not bad
    return chosen.frames(good, list(range(len(good))), chosen.hashes(good))


def rows(frames: Frames, table: str = "tickets") -> list[dict[str, Any]]:
    return frames.tables[table].to_pylist()  # type: ignore[no-any-return]
