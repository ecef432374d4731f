"""Loads of tickets and comments into a warehouse's session."""

from datetime import datetime
from typing import Any

from fieldhouse.warehouse.model import Applied, Child, Column, TableLoad
from fieldhouse.warehouse.session import Session
from tests.support.warehouse.landed_rows import LANDING, T0, land

TICKETS = (Column("id", "bigint", declared=True), Column("title", "text", declared=True))
COMMENTS = Child("tickets__comments", (Column("id", "bigint"), Column("body", "text")), ("_parent_id",))


def land_tickets(session: Session, *rows: tuple[int, str | None], at: datetime = T0) -> None:
    types = {"id": "bigint", "title": "text", "_row_hash": "bigint", "_synced_at": "timestamp"}
    land(session, "tickets", types, [(key, title, hash(title) % 1000, at) for key, title in rows])


def land_comments(session: Session, *rows: tuple[int, int, int, str], at: datetime = T0) -> None:
    types = {
        "id": "bigint",
        "body": "text",
        "_parent_id": "bigint",
        "_list_index": "bigint",
        "_synced_at": "timestamp",
    }
    land(session, "tickets__comments", types, [(key, body, parent, n, at) for parent, n, key, body in rows])


def load(**changed: Any) -> TableLoad:
    given: dict[str, Any] = {
        "name": "tickets",
        "key": ("id",),
        "columns": TICKETS,
        "children": (COMMENTS,),
        "synced_at": T0,
        "load_id": "1",
        "landed": True,
    }
    return TableLoad(**{**given, **changed})


def apply(session: Session, **changed: Any) -> Applied:
    return session.apply("bossdesk", LANDING, load(**changed))


def titles(session: Session) -> dict[int, str]:
    return dict(session.fetch("SELECT id, title FROM bossdesk.tickets WHERE _deleted_at IS NULL ORDER BY id"))
