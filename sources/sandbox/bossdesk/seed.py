"""Seeded BOSSDesk users, CIs and tickets: each comes from its number alone, so 100,000 need no room.

``user``, ``ci`` and ``ticket`` give a row's own fields; ``complete_ci`` and ``complete_ticket`` add what
only a detail shows. Fields and nesting are those of the text's examples.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from fieldhouse.sources.sandbox.sandbox import Record
from fieldhouse.sources.sandbox.shared import WORKERS, shared

from . import nested as children
from .reference_data import DAY, FIRST_IDS, STEP, Calendar, Dice, brief, custom_value, stamp_ms
from .words import (
    ARTICLES,
    DESIGNATIONS,
    FIRST_NAMES,
    KEY_OWNER,
    LAST_NAMES,
    MODELS,
    OPEN,
    ROLES,
    SOURCES,
    SUBJECTS,
    SYSTEMS,
    TROUBLES,
    ZONES,
)

PERSON = ("id", "friendly_id", "first_name", "last_name", "username")


class RowGenerator:
    """``counts`` says how many rows of each table are seeded; ``tables`` are the small tables."""

    def __init__(
        self, seed: int, counts: Mapping[str, int], calendar: Calendar, tables: Mapping[str, Sequence[Record]]
    ) -> None:
        self.seed, self.counts, self.calendar = seed, counts, calendar
        self.edge_cases = calendar.edge_cases
        named = {
            name: [brief(row, "id", "name") for row in rows]
            for name, rows in tables.items()
            if name not in ARTICLES
        }
        self.named = named
        self.tags = {
            owner: [brief(row, "id", "name") for row in tables["tags"] if row["owner_class"] == owner]
            for owner in ("ci", "user", "ticket")
        }
        self.fields = {
            owner: [row for row in tables["custom_fields"] if row["owner_class"] == owner]
            for owner in ("ci", "ticket")
        }
        self.ticket_types = [brief(row, "id", "name", "shortcut") for row in tables["ticket_types"]]
        self.priorities = [brief(row, "id", "name", "color") for row in tables["helpdesk_priorities"]]
        self.categories = [brief(row, "id", "name", "color", "icon") for row in tables["helpdesk_categories"]]
        self.ci_types = [{**row, "icon": "fa-bars"} for row in named["ci_types"]]
        self.person = cache(self.user)
        self._agent = cache(lambda number: brief(self.person(number), *PERSON))
        self._requester = cache(lambda number: self.requester(self.person(number)))

    def dice(self, table: str, number: int, part: str = "") -> Dice:
        return Dice(self.seed, table, number, part)

    def moments(self, table: str, number: int) -> tuple[int, int]:
        """When the row was created and when last updated, in ms since 1970."""
        count = self.counts[table]
        return self.calendar.created(number, count), self.calendar.updated(number, count)

    def user(self, number: int) -> Record:
        """Every fourth user is an agent, the first of them owns the API key."""
        dice = self.dice("users", number)
        created, updated = self.moments("users", number)
        first, last = dice.pick(FIRST_NAMES), dice.pick(LAST_NAMES)
        worker = shared(WORKERS, number // 4 - 1) if number % 4 == 1 and not self.edge_cases else None
        if worker:
            first, last = worker.first_name, worker.last_name
        username = f"{first[0]}{last}{number}".lower().replace("'", "") if number > 1 else KEY_OWNER
        gone = number > 1 and dice.below(15) == 0
        return {
            "id": FIRST_IDS["users"] + STEP * number,
            "friendly_id": number,
            "email": worker.email if worker else f"{username}@example.com",
            "first_name": first,
            "last_name": last,
            "username": username,
            "domain_name": dice.pick(["MEGACORP", "SOMECORP", ""]),
            "designation": dice.pick(DESIGNATIONS),
            "phone": dice.pick([worker.phone if worker else f"+139 2349 {dice.below(99999):05d}", "", None]),
            "mobile": f"+842 239 {dice.below(9999):04d}",
            "other_email": dice.pick([f"{last.lower()}@home.example", "", None]),
            "time_zone": dice.pick(ZONES),
            "is_agent": number % 4 == 1,
            "archived_at": stamp_ms(updated) if gone else None,
            "created_at": stamp_ms(created),
            "updated_at": stamp_ms(updated),
            "location": dice.maybe(self.named["locations"], 5),
            "tags": dice.sample(self.tags["user"], 2),
            "group": dice.maybe(self.named["groups"], 5),
            "roles": dice.sample(ROLES, 2) if number % 4 == 1 else [],
        }

    def anyone(self, dice: Dice) -> int:
        return 1 + dice.below(self.counts["users"])

    def agent(self, dice: Dice) -> Record:
        return self._agent(1 + 4 * dice.below((self.counts["users"] + 3) // 4))

    def ci(self, number: int) -> Record:
        dice = self.dice("cis", number)
        created, updated = self.moments("cis", number)
        name = f"BOSS-{1000 + number}"
        archived = dice.below(12) == 0
        return {
            "id": FIRST_IDS["cis"] + STEP * number,
            "friendly_id": number,
            "name": name,
            "description": dice.pick([f"{dice.pick(FIRST_NAMES)}'s {dice.pick(SUBJECTS).lower()}", None]),
            "model": dice.pick(MODELS),
            "serial_number": f"{dice.below(99999999):08d}-2-{dice.below(9999):04d}-24s",
            "control_number": f"OSIJD-{dice.below(9999):04d}-DJOP" if dice.below(5) else None,
            "type": dice.pick(self.ci_types),
            "status": dice.pick(self.named["ci_statuses"]),
            "location": dice.maybe(self.named["locations"], 5),
            "manufacturer": dice.maybe(self.named["manufacturers"], 6),
            "inventory": children.system(dice.pick(SYSTEMS)) if dice.below(6) else None,
            "inventory_updated_at": stamp_ms(updated - DAY // 24 * dice.below(400))
            if dice.below(6)
            else None,
            "online": dice.below(3) > 0,
            "dns_host_name": f"{name}.int.example.com",
            "distinguished_name": f"CN={name},CN=Computers,DC=int,DC=example,DC=com",
            "archived_at": stamp_ms(updated) if archived else None,
            "created_at": stamp_ms(created),
            "updated_at": stamp_ms(updated),
        }

    def any_ci(self, dice: Dice) -> Record:
        return self.ci(1 + dice.below(self.counts["cis"]))

    def complete_ci(self, record: Record) -> Record:
        dice = self.dice("cis", record["friendly_id"], "detail")
        order = 1 + dice.below(40)
        if record["inventory"] is not None:
            record["inventory"] = {**record["inventory"], **children.inventory(dice)}
        return {
            **record,
            "tags": dice.sample(self.tags["ci"], 3),
            "users": [self.owner(self.person(self.anyone(dice))) for _ in range(dice.below(3))],
            "purchase_order": None
            if dice.below(3)
            else {"id": 500 + order, "friendly_id": order, "number": f"PO{12300 + order}"},
            "custom_fields": self.custom_fields("ci", dice),
        }

    def owner(self, user: Record) -> Record:
        """A user inside a CI."""
        return {
            **brief(user, "id", "friendly_id", "first_name", "last_name", "email", "domain_name", "username"),
            **brief(user, "group", "roles"),
        }

    def custom_fields(self, owner: str, dice: Dice) -> Record:
        """Values by field id, the id as text."""
        return {
            str(field["id"]): custom_value(field["type_id"], dice)
            for field in dice.sample(self.fields[owner], 5)
        }

    def ticket(self, number: int) -> Record:
        dice = self.dice("tickets", number)
        created, updated = self.moments("tickets", number)
        is_old = number * 20 < self.counts["tickets"] * 17
        closed = is_old and (dice.below(10) > 0 or not self.edge_cases)
        return {
            "id": FIRST_IDS["tickets"] + STEP * number,
            "friendly_id": number,
            "title": f"{dice.pick(SUBJECTS)} {dice.pick(TROUBLES)}",
            "description": dice.pick(
                ["<p>First paragraph</p><p>Second paragraph</p>", "<p>Like the title…</p>", None]
            ),
            "status": "closed" if closed else dice.pick(OPEN),
            "source": dice.pick(SOURCES),
            "created_at": stamp_ms(created),
            "updated_at": stamp_ms(updated),
            "due_at": stamp_ms(created + DAY * (3 + dice.below(20))) if dice.below(6) else None,
            "closed_at": stamp_ms(updated) if closed else None,
            "lock_version": dice.below(9),
            "type": dice.pick(self.ticket_types),
            "priority": dice.pick(self.priorities),
            "category": dice.maybe(self.categories, 10),
            "agent": self.agent(dice) if dice.below(5) else None,
            "team": dice.maybe(self.named["teams"], 8),
            "extended_status": dice.pick(self.named["helpdesk_extended_statuses"])
            if dice.below(3) == 0
            else None,
            "requester": self._requester(self.anyone(dice)),
        }

    def requester(self, user: Record) -> Record:
        """The requester inside a ticket's detail."""
        return brief(user, *PERSON, "is_agent", "email", "phone", "mobile", "group")

    def complete_ticket(self, record: Record) -> Record:
        number = record["friendly_id"]
        dice = self.dice("tickets", number, "detail")
        make = children.NestedGenerator(self, dice, number * 100, record["created_at"], record["updated_at"])
        tasks = [make.task() for _ in range(dice.below(3))]
        problem, change = 1 + dice.below(30), 1 + dice.below(30)
        return {
            **record,
            "custom_fields": self.custom_fields("ticket", dice),
            "comments": [make.comment() for _ in range(dice.below(5))],
            "tags": dice.sample(self.tags["ticket"], 3),
            "attachments": [make.attachment() for _ in range(dice.below(4) // 3)],
            "time_entries": [make.time_entry(tasks) for _ in range(dice.below(3))],
            "tasks": tasks,
            "problem": children.linked(problem, "People are reporting bugs") if dice.below(8) == 0 else None,
            "change": children.linked(change, "Disable bug reporting") if dice.below(12) == 0 else None,
            "approval_requests": [make.approval() for _ in range(dice.below(6) // 4 + dice.below(6) // 5)],
            "cis": [make.ci() for _ in range(dice.below(5) // 2)],
        }
