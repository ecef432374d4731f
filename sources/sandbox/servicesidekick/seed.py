"""What is in the ServiceSidekick sandbox: believable rows for each table and each kind of child."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from fieldhouse.sources.sandbox.sandbox import Record
from fieldhouse.sources.sandbox.words import (
    CITIES,
    COMPANIES,
    FIRST_NAMES,
    JOBS,
    LAST_NAMES,
    PARTS,
    REMARKS,
    STREETS,
)

from .store import RowStore

ZONE = ZoneInfo("America/New_York")
"""The account's own zone: summer rows print -04:00, winter rows -05:00, side by side in one page."""


def stamp(moment: datetime) -> str:
    return moment.astimezone(ZONE).isoformat(timespec="seconds")


class Generator:
    """The dice, the time and the shelves that ids point into."""

    def __init__(self, dice: random.Random, now: datetime, stores: Mapping[str, RowStore]) -> None:
        self.dice, self.now, self.stores = dice, now, stores
        self._last_child = 41_000_000

    def chance(self, share: float) -> bool:
        return self.dice.random() < share

    def id_of(self, table: str, null_share: float = 0.0) -> int | None:
        return None if self.chance(null_share) else self.stores[table].pick(self.dice)

    def maybe(self, words: tuple[str, ...], null_share: float = 0.3) -> str | None:
        """A word, an empty string now and then, or None: the vendor keeps both."""
        return None if self.chance(null_share) else "" if self.chance(0.1) else self.dice.choice(words)

    def money(self, most: float = 900.0) -> float:
        return round(self.dice.uniform(0, most), 2)

    def phone(self) -> str | None:
        return None if self.chance(0.3) else f"(404) 555-{self.dice.randrange(10_000):04}"

    def secret(self) -> str:
        return f"{self.dice.getrandbits(128):032x}"

    def past(self, days: float = 700.0) -> datetime:
        return self.now - timedelta(seconds=int(self.dice.uniform(600, days * 86_400)))

    def moment(self, null_share: float = 0.0) -> str | None:
        return None if self.chance(null_share) else stamp(self.past())

    def near(self) -> datetime:
        """Within a month before or after now, on the quarter hour."""
        start = self.now.replace(minute=0, second=0, microsecond=0)
        return start + timedelta(minutes=15 * self.dice.randrange(-2880, 2880))

    def times(self) -> Record:
        created = self.past()
        updated = created + (self.now - created) * self.dice.random()
        return {"created_at": stamp(created), "updated_at": stamp(updated)}

    def child(self) -> Record:
        self._last_child += 1
        return {"id": self._last_child}

    def sample(self, build: Callable[[Generator, Record], Record], parent: Record, most: int) -> list[Record]:
        return [build(self, parent) for _ in range(self.dice.randrange(most + 1))]


def contact(d: Generator, parent: Record) -> Record:
    return {
        **d.child(),
        "customer_id": parent["id"],
        "first_name": d.dice.choice(FIRST_NAMES),
        "last_name": d.dice.choice(LAST_NAMES),
        "title": d.maybe(("Owner", "Tenant", "Gérant")),
        "email_address": d.maybe(("office@example.com", "owner@example.com")),
        "phone_number": d.phone(),
        "primary": d.chance(0.4),
        **d.times(),
    }


def note(d: Generator, parent: Record) -> Record:
    return {
        **d.child(),
        "noteable_id": parent["id"],
        "noteable_type": "Job" if "job_number" in parent else "Customer",
        "note": d.dice.choice(REMARKS),
        "created_by": d.id_of("employees", 0.1),
        "private": d.chance(0.2),
        **d.times(),
    }


def job_charge(d: Generator, parent: Record) -> Record:
    quantity, price = d.dice.choice((1.0, 2.0, 2.5, 4.0)), d.money(150)
    return {
        **d.child(),
        "job_id": parent["id"],
        "item_id": None if d.chance(0.2) else d.dice.randrange(300, 400),
        "name": d.dice.choice(PARTS),
        "details": d.maybe(REMARKS),
        "quantity": quantity,
        "price_per_unit": price,
        "total": round(quantity * price, 2),
        "taxable": d.chance(0.7),
        "position": d.dice.randrange(1, 9),
        **d.times(),
    }


def time_entry(d: Generator, parent: Record) -> Record:
    start, quarters = d.past(400), d.dice.randrange(1, 40)
    return {
        **d.child(),
        "job_id": parent["id"],
        "employee_id": d.id_of("employees"),
        "started_on": stamp(start),
        "ended_on": None if d.chance(0.2) else stamp(start + timedelta(minutes=15 * quarters)),
        "number_of_hours": quarters / 4,
        "notes": d.maybe(REMARKS, 0.6),
        "billable": d.chance(0.8),
        **d.times(),
    }


def _employee(d: Generator, who: Record) -> Record:
    first, last = d.dice.choice(FIRST_NAMES), d.dice.choice(LAST_NAMES)
    return {
        **who,
        "name": f"{first} {last}",
        "email_address": f"employee{who['employee_number']}@example.com",
        "phone_number": d.phone(),
        "username": None if d.chance(0.3) else f"user{who['employee_number']}",
        "active": who["employee_number"] != 4 and d.chance(0.85),
        "can_login": d.chance(0.7),
        "hourly_rate": None if d.chance(0.2) else d.money(60),
        "hired_on": None if d.chance(0.2) else d.past().date().isoformat(),
        "color": d.maybe(("#ff0000", "#00aa77")),
        "password_digest": f"$2a$10${d.secret()}",
        "token": d.secret(),
        "remember_me_token": None if d.chance(0.5) else d.secret(),
        **d.times(),
    }


def _job_type(d: Generator, who: Record) -> Record:
    name = f"{d.dice.choice(JOBS)} {who['id'] % 1000}"
    return {**who, "name": name, "position": d.dice.randrange(1, 20), "created_at": d.moment()}


def _job_status(d: Generator, who: Record) -> Record:
    name = f"{d.dice.choice(('Parts ordered', 'On the way', 'Rückruf', 'Done & billed'))} {who['id'] % 1000}"
    return {**who, "name": name, "color": d.maybe(("#ff0000", "#00aa77")), "created_at": d.moment()}


def _tax_entity(d: Generator, who: Record) -> Record:
    name = f"{d.dice.choice(CITIES)[0]} <{who['id'] % 1000}>"
    rate = round(d.dice.uniform(0, 9), 3)
    return {**who, "name": name, "rate": rate, "default": d.chance(0.2), "created_at": d.moment()}


def _address(d: Generator, prefix: str) -> Record:
    city, state, zip_code = d.dice.choice(CITIES)
    return {
        f"{prefix}_city": city,
        f"{prefix}_state": state,
        f"{prefix}_zip_code": zip_code,
        f"{prefix}_country": "" if d.chance(0.6) else "US",
    }


def _customer(d: Generator, who: Record) -> Record:
    company = d.chance(0.4)
    first, last = d.dice.choice(FIRST_NAMES), d.dice.choice(LAST_NAMES)
    street = f"{d.dice.randrange(1, 9999)} {d.dice.choice(STREETS)}"
    times = d.times()
    row = {
        **who,
        "origin": "manual",
        "created_at": times["created_at"],
        "name": f"{d.dice.choice(COMPANIES)} {who['customer_number']}" if company else f"{first} {last}",
        "company": company,
        "first_name": None if company else first,
        "last_name": None if company else last,
        "phone_number": d.phone(),
        "alt_phone_number": d.phone(),
        "fax": None,
        "email_address": None if d.chance(0.2) else f"customer{who['customer_number']}@example.com",
        "service_address": f"{first} {last}\n{street}",
        "service_address_2": d.maybe(("Unit 4", "Suite B"), 0.7),
        **_address(d, "service"),
        "billing_address": street,
        **_address(d, "billing"),
        "special_instructions": d.maybe(REMARKS, 0.5),
        "parent_id": d.id_of("customers", 0.8),
        "is_active": not d.chance(0.1),
        "balance": d.money(),
        "credit_limit": None if d.chance(0.7) else d.money(10_000),
        "latitude": None if d.chance(0.3) else round(d.dice.uniform(30, 45), 7),
        "longitude": None if d.chance(0.3) else round(d.dice.uniform(-95, -70), 7),
        "custom_text1": d.maybe(REMARKS, 0.6),
        "custom_number1": None if d.chance(0.6) else d.money(9),
        "custom_datetime1": d.moment(0.7),
        "tax_entity_id": d.id_of("tax_entities", 0.3),
        "send_reminders": d.chance(0.8),
        "deleted_at": None,
        "password_digest": None,
        "token": d.secret(),
        "remember_me_token": None,
        "stripe_customer_id": None if d.chance(0.5) else f"cus_{d.secret()[:14]}",
        "updated_at": times["updated_at"],
    }
    return {**row, "contacts": d.sample(contact, row, 2), "notes": d.sample(note, row, 2)}


def _job(d: Generator, who: Record) -> Record:
    scheduled, done, times = d.near(), d.chance(0.5), d.times()
    started = done or d.chance(0.3)
    subtotal = d.money(2500)
    tax = round(subtotal * 0.07, 2)
    row = {
        "id": who["id"],
        "customer_id": d.id_of("customers"),
        "job_number": who["job_number"],
        "created_at": times["created_at"],
        "name": d.dice.choice(JOBS),
        "description": d.maybe(REMARKS),
        "scheduled_on": None if d.chance(0.1) else stamp(scheduled),
        "started_on": stamp(scheduled) if started else None,
        "completed_on": stamp(scheduled + timedelta(hours=2)) if done else None,
        "canceled_on": None,
        "status": "complete" if done else "scheduled",
        "invoice_status": d.dice.choice(("paid", "unpaid")),
        "invoice_date": d.moment(0.5),
        "subtotal": subtotal,
        "tax": tax,
        "total": round(subtotal + tax, 2),
        "balance_remaining": 0.0 if done else subtotal,
        "sales_tax_percentage": None if d.chance(0.3) else 7.0,
        "duration": None if d.chance(0.5) else 1.5,
        "recurring_interval": d.maybe(("weekly", "monthly"), 0.6),
        "self_service": d.chance(0.1),
        "ok_to_sync": None if d.chance(0.5) else d.chance(0.5),
        "job_type_id": d.id_of("job_types", 0.1),
        "job_status_id": d.id_of("job_statuses", 0.3),
        "tax_entity_id": d.id_of("tax_entities", 0.3),
        "invoice_terms": "Net 15 - Due 15 days from the date of job completion. ",
        "po_number": d.maybe(("PO-1", "PO-2 & 3")),
        "custom_text1": d.maybe(REMARKS, 0.6),
        "custom_number1": None if d.chance(0.6) else d.money(9),
        "tasks_count": d.dice.randrange(3),
        "created_by": d.id_of("employees", 0.3),
        "deleted_at": None,
        "updated_at": times["updated_at"],
    }
    return {
        **row,
        "employees": crew(d),
        "job_charges": d.sample(job_charge, row, 3),
        "time_entries": d.sample(time_entry, row, 2),
        "notes": d.sample(note, row, 2),
    }


def crew(d: Generator) -> list[int]:
    everyone = d.stores["employees"].ids()
    return sorted(d.dice.sample(everyone, min(d.dice.choice((0, 1, 1, 2, 3)), len(everyone))))


def _task(d: Generator, who: Record) -> Record:
    due, done = d.near(), d.chance(0.4)
    return {
        **who,
        "name": d.dice.choice(JOBS),
        "description": d.maybe(REMARKS),
        "customer_id": d.id_of("customers", 0.3),
        "job_id": d.id_of("jobs", 0.4),
        "employee_id": d.id_of("employees", 0.2),
        "scheduled_at": None if d.chance(0.1) else stamp(due),
        "due_on": None if d.chance(0.4) else due.astimezone(ZONE).date().isoformat(),
        "completed": done,
        "completed_at": stamp(due) if done else None,
        "duration": None if d.chance(0.4) else 0.75,
        **d.times(),
    }


def opportunity(d: Generator, who: Record) -> Record:
    """A job before it is one: without people, charges and hours."""
    row = _job(d, who)
    for name in ("employees", "job_charges", "time_entries", "notes"):
        del row[name]
    return row | {"status": d.dice.choice(("new", "lost")), "started_on": None, "completed_on": None}


BUILDERS: dict[str, tuple[int, bool, Callable[[Generator, Record], Record]]] = {
    "employees": (12, False, _employee),
    "job_types": (8, False, _job_type),
    "job_statuses": (5, False, _job_status),
    "tax_entities": (6, False, _tax_entity),
    "customers": (150, True, _customer),
    "jobs": (250, True, _job),
    "tasks": (80, True, _task),
}
"""Rows at size 1.0, whether they grow with the size, and how one is made; in the order that ids need."""
CHILD_BUILDERS = {"contacts": contact, "notes": note, "job_charges": job_charge, "time_entries": time_entry}
