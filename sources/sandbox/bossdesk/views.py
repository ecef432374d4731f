"""Which fields BOSSDesk shows where: list rows, details, the end-user's view, saved searches."""

from __future__ import annotations

from fieldhouse.sources.sandbox.sandbox import Record

from .reference_data import brief
from .seed import PERSON
from .words import listed

_LISTED: dict[str, list[str]] = {
    "tickets": listed(
        "id, friendly_id, title, status, due_at, type, priority, category, extended_status, requester, agent"
    ),
    "cis": listed("id, friendly_id, name, description, online, updated_at"),
    "article_categories": listed("id, friendly_id, name"),
    "users": listed(
        "id, friendly_id, first_name, last_name, username, email, is_agent, archived_at, updated_at"
    ),
}
_MINE = ("id", "friendly_id", "title", "status", "due_at", "type", "agent")

SEARCHABLE: dict[str, frozenset[str]] = {
    table: frozenset(listed(names))
    for table, names in {
        "tickets": "id, friendly_id, title, description, status, source, lock_version, "
        "created_at, updated_at, due_at, closed_at",
        "cis": "id, friendly_id, name, description, model, serial_number, control_number, online, "
        "dns_host_name, archived_at, created_at, updated_at",
        "users": "id, friendly_id, first_name, last_name, username, email, designation, is_agent, "
        "archived_at, created_at, updated_at",
        "groups": "id, name, created_at, updated_at",
        "manufacturers": "id, name, updated_at",
    }.items()
}
"""The attributes that each searchable list lets Ransack see."""

LIVE: dict[str, dict[str, str]] = {
    "tickets": {
        "type": "ticket_types",
        "priority": "helpdesk_priorities",
        "category": "helpdesk_categories",
        "extended_status": "helpdesk_extended_statuses",
        "team": "teams",
        "agent": "users",
        "requester": "users",
    },
    "cis": {
        "type": "ci_types",
        "status": "ci_statuses",
        "location": "locations",
        "manufacturer": "manufacturers",
    },
    "users": {"location": "locations", "group": "groups"},
}
"""Nested record -> the table that it is a row of."""


def in_list(table: str, row: Record) -> Record:
    """A row as its list shows it. Tickets there have no time of change, CIs no ``archived_at``."""
    if table not in _LISTED:
        return row
    shown = brief(row, *_LISTED[table])
    if table == "tickets":
        shown["requester"] = brief(row["requester"], *PERSON)
    if table == "cis":
        shown |= {
            "archived": row["archived_at"] is not None,
            "inventory": _os(row),
            **brief(row, "type", "status"),
        }
    return shown


def _os(row: Record) -> Record | None:
    inventory = row["inventory"]
    return inventory and {"os": brief(inventory["os"], "name", "version", "service_pack")}


def by_barcode(detail: Record) -> Record:
    """A CI found by its barcode: the detail without ``users``."""
    return {field: value for field, value in detail.items() if field != "users"}


def saved_ci(row: Record) -> Record:
    """A CI as a saved search gives it: ``alias`` for the description, a colour on the status."""
    return {
        **brief(row, "id", "friendly_id", "name"),
        "alias": row["description"],
        **brief(row, "online", "updated_at"),
        "inventory": _os(row),
        "type": row["type"],
        "status": {**row["status"], "color": "#34B632"},
    }


def my_row(row: Record) -> Record:
    """A ticket as its requester sees it in the list: open or closed, no usernames."""
    shown = brief(row, *_MINE)
    shown["status"] = "closed" if row["status"] == "closed" else "open"
    shown["agent"] = _nameless(row["agent"])
    return shown


def my_detail(row: Record) -> Record:
    """A ticket as its requester sees it: public comments only."""
    comments = [
        {**brief(one, "id", "body", "created_at", "attachments"), "created_by": _nameless(one["created_by"])}
        for one in row["comments"]
        if one["is_public"]
    ]
    own = brief(row, "description", "created_at", "updated_at", "closed_at", "attachments")
    return {**my_row(row), **own, "comments": comments}


def _nameless(person: Record | None) -> Record | None:
    return person and brief(person, "id", "friendly_id", "first_name", "last_name")
