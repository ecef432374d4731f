"""The dice behind the ServiceBridge sandbox's rows: references, money, lines, visits, documents."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from fieldhouse.sources.sandbox.sandbox import Record
from fieldhouse.sources.sandbox.words import CITIES, FIRST_NAMES, LAST_NAMES, REMARKS, STREETS

from .store import RowStore

FIRST_ID = 8_600_000_000
"""Beyond 32 bits, as the vendor's ids are."""


def stamp(moment: datetime) -> str:
    """Naive UTC, as the vendor prints it: ``2026-11-02T14:30:00``, with milliseconds where there are any."""
    naive = moment.astimezone(UTC).replace(tzinfo=None)
    return naive.isoformat(timespec="milliseconds" if naive.microsecond else "seconds")


class Generator:
    """The dice, the time and the tables that references point into."""

    def __init__(self, dice: random.Random, now: datetime, tables: Mapping[str, RowStore]) -> None:
        self.dice, self.now, self.tables = dice, now, tables
        self._last_child = FIRST_ID * 1000
        self._numbers = 300

    def number(self) -> int:
        self._numbers += 1
        return self._numbers

    def child_id(self) -> int:
        self._last_child += 3
        return self._last_child

    def chance(self, share: float) -> bool:
        return self.dice.random() < share

    def ref(self, table: str, null_share: float = 0.0) -> Record | None:
        """A reference to some row of ``table``; null in ``null_share`` of the cases, or without rows."""
        row = None if self.chance(null_share) else self.tables[table].pick(self.dice)
        return None if row is None else {"Id": row["Id"], "Name": row.get("Name") or row.get("Number")}

    def money(self, most: float = 900.0) -> float:
        return round(self.dice.uniform(0, most), 2)

    def person(self) -> str:
        return f"{self.dice.choice(FIRST_NAMES)} {self.dice.choice(LAST_NAMES)}"

    def past(self, days: float = 700.0) -> datetime:
        return self.now - timedelta(seconds=int(self.dice.uniform(600, days * 86_400)))

    def moment(self) -> str:
        return stamp(self.past())

    def maybe(self, words: tuple[str, ...], null_share: float = 0.3) -> str | None:
        return None if self.chance(null_share) else self.dice.choice(words)

    def phone(self) -> str | None:
        return None if self.chance(0.1) else f"(404) 555-{self.dice.randrange(10_000):04}"

    def address(self) -> Record:
        city, state, postal = self.dice.choice(CITIES)
        line = f"{self.dice.randrange(1, 9999)} {self.dice.choice(STREETS)}"
        line2 = "Unit 4" if self.chance(0.2) else None
        return {
            "Line1": line,
            "Line2": line2,
            "City": city,
            "State": state,
            "PostalCode": postal,
            "Country": "US",
        }

    def custom_fields(self) -> list[Record]:
        names = ("Gate code", "Roof type", "Preferred day", "Größe (m²)")
        chosen = self.dice.sample(names, self.dice.choice((0, 1, 2, 3)))
        return [{"Name": name, "Value": self.maybe(REMARKS, 0.2)} for name in chosen]

    def documents(self) -> list[Record]:
        kinds = (
            ("photo.jpg", "image/jpeg"),
            ("signature.png", "image/png"),
            ("Vertrag ü.pdf", "application/pdf"),
        )
        picked = [self.dice.choice(kinds) for _ in range(self.dice.choice((0, 0, 1, 2)))]
        return [
            {
                "Id": self.child_id(),
                "Name": name,
                "ContentType": kind,
                "Size": self.dice.randrange(900, 9_000_000),
            }
            for name, kind in picked
        ]

    def lines(self) -> list[Record]:
        return [self.line() for _ in range(self.dice.choice((0, 1, 2, 2, 3, 4)))]

    def line(self) -> Record:
        quantity, price = self.dice.choice((1.0, 2.0, 2.5, 10.0)), self.money(200)
        kind = self.dice.choice(("products", "services"))
        return {
            "Id": self.child_id(),
            "Product": self.ref(kind) if kind == "products" else None,
            "Service": self.ref(kind) if kind == "services" else None,
            "Description": self.maybe(REMARKS),
            "Quantity": quantity,
            "Unit": self.ref("units", 0.2),
            "Price": price,
            "Total": round(quantity * price, 2),
            "IsTaxable": self.chance(0.7),
        }

    def visit(self, number: int) -> Record:
        start = self.past(400)
        crew = [self.ref("employees") for _ in range(self.dice.choice((0, 1, 1, 2, 3)))]
        return {
            "Id": self.child_id(),
            "Number": f"PV {number}",
            "Status": self.dice.choice(("Scheduled", "InProgress", "Completed", "Canceled")),
            "StartTime": stamp(start),
            "FinishTime": None if self.chance(0.2) else stamp(start + timedelta(minutes=90)),
            "Team": self.ref("teams", 0.3),
            "TeamMembers": list({member["Id"]: member for member in crew if member}.values()),
        }

    def totals(self, lines: list[Record]) -> Record:
        subtotal = round(sum(line["Total"] for line in lines), 2)
        tax = round(subtotal * 0.0825, 2)
        return {"Subtotal": subtotal, "TaxTotal": tax, "Total": round(subtotal + tax, 2)}
