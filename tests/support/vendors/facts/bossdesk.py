"""What the tests must know of BOSSDesk."""

from __future__ import annotations

from typing import Any

from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from fieldhouse.sources.sandbox.sandbox import Sandbox
from tests.support.vendors.vendor_facts import Record, SmallWorld, SyncFacts, VendorFacts, canary, wild


def by_key() -> Sandbox:
    sandbox = BossDeskSandbox(size=0.05, edge_cases=True)
    sandbox.api_key = canary("api_key")
    return sandbox


class SignsIn(BossDeskSandbox):
    """Entered by name and password."""

    def __init__(self) -> None:
        super().__init__(size=0.05)
        self.api_key, self.username, self.password = canary("fetched"), "canary-user", wild("password")

    def settings(self, base_url: str) -> dict[str, str]:
        given = super().settings(base_url)
        return {"base_url": given["base_url"], "username": self.username, "password": self.password}


def as_stored(record: Record) -> Record:
    """Custom fields are rows (field_id, value); links that open a file to anybody are not loaded."""
    fields = record.get("custom_fields")
    if isinstance(fields, dict):
        rows = [{"field_id": name, "value": value} for name, value in fields.items()]
        record = {**record, "custom_fields": rows}
    plain: Record = _without_links(record)
    return plain


def _without_links(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_links(inner) for name, inner in value.items() if name != "secure_url"}
    return [_without_links(inner) for inner in value] if isinstance(value, list) else value


FACTS = VendorFacts(
    tables={
        "tickets": (
            "id",
            "tickets__comments tickets__comments__attachments tickets__attachments tickets__tags tickets__tasks"
            " tickets__time_entries tickets__approval_requests tickets__cis tickets__custom_fields",
        ),
        "cis": ("id", "cis__tags cis__users cis__users__roles cis__custom_fields"),
        "users": ("id", "users__tags users__roles"),
        "groups": ("id", ""),
        "manufacturers": ("id", ""),
        "ci_statuses": ("id", ""),
        "ci_types": ("id", ""),
        "helpdesk_extended_statuses": ("id", ""),
        "helpdesk_priorities": ("id", ""),
        "locations": ("id", ""),
        "searches": ("id", ""),
        "tags": ("id", ""),
        "task_types": ("id", ""),
        "teams": ("id", ""),
        "ticket_types": ("id", ""),
        "helpdesk_categories": ("id", "helpdesk_categories__teams"),
        "custom_fields": ("id", "custom_fields__options"),
        "account": ("full_domain", ""),
        "article_categories": ("id", ""),
        "articles": ("id", ""),
    },
    sync=SyncFacts(0.18, "tickets", ("tickets", "groups", "tags"), ("groups", "/groups"), ("groups", "tags")),
    faults=SmallWorld(
        0.06,
        6,
        ("tickets", "users", "groups", "tags", "account"),
        ("tickets", "users", "groups", "tags"),
        ("tickets", "users", "groups", "tags"),
        "tickets",
        ("groups", "/groups"),
        requests=(45, 20),
        statements=(90, 44),
    ),
    sign_ins={"bossdesk": by_key, "bossdesk by password": SignsIn},
    undeclared=(
        "cis.inventory__memory__slots",
        "cis.inventory__memory__total",
        "cis__inventory__disks.",
        "cis__inventory__software.",
        "tickets__tasks.created_at__v_text",
    ),
    as_stored=as_stored,
)
