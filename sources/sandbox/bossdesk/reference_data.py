"""Small tables of the BOSSDesk sandbox, and the arithmetic that spreads rows over two years."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from hashlib import blake2b
from typing import TypeVar

from fieldhouse.sources.sandbox.sandbox import Record, iso

from .words import ARTICLES, COLORS, NAMES

T = TypeVar("T")
DAY = 86_400_000
SPREAD = 730 * DAY
LAST_TOUCH = 21 * DAY
"""How long after its creation a row of a well-run desk is updated at most; edge cases take any time."""

FIRST_IDS = {
    table: 1000 * place for place, table in enumerate([*NAMES, "users", "cis", "tickets"], start=1)
} | {"users": 20_000_000, "cis": 30_000_000, "tickets": 40_000_000}
"""After which id each table begins."""

STEP = 3
"""``id`` is global at the vendor, so a table's ids have gaps; ``friendly_id`` counts 1, 2, 3."""

_TYPE_IDS = [1, 2, 3, 4, 5, 6, 7, 8, 11]
"""Of custom fields: 1 string, 2 text, 3 URL, 4 integer, 5 float, 6 date, 7 boolean, 8 and 11 dropdowns."""


class Dice:
    """Draws that depend on nothing but the key, so that a row comes out the same whenever it is asked for."""

    def __init__(self, *key: object) -> None:
        self._digest = repr(key).encode()
        self._value = 0

    def below(self, sides: int) -> int:
        if self._value < 1 << 64:
            self._digest = blake2b(self._digest).digest()
            self._value = int.from_bytes(self._digest, "big")
        self._value, drawn = divmod(self._value, sides)
        return drawn

    def pick(self, items: Sequence[T]) -> T:
        return items[self.below(len(items))]

    def maybe(self, items: Sequence[T], sides: int) -> T | None:
        """None once in ``sides`` draws."""
        return None if self.below(sides) == 0 else self.pick(items)

    def sample(self, items: Sequence[T], most: int) -> list[T]:
        """At most ``most`` different items."""
        return list(
            {id(item): item for item in (self.pick(items) for _ in range(self.below(most + 1)))}.values()
        )


class Calendar:
    """When seeded rows were created and updated, in ms since 1970: over the two years before ``start``."""

    def __init__(self, start: datetime, *, edge_cases: bool = False) -> None:
        self.edge_cases = edge_cases
        self.start = int(start.timestamp()) * 1000

    def created(self, number: int, count: int) -> int:
        slot = SPREAD // count
        return self.start - SPREAD + slot * (number - 1) + number * 7_919_993 % slot

    def updated(self, number: int, count: int) -> int:
        created = self.created(number, count)
        share: float = (number * 2_654_435_761 % 10_007 / 10_007) ** 4
        took = int((self.start - created) * share)
        return created + (took if self.edge_cases else min(took, LAST_TOUCH))


def stamp(moment: datetime) -> str:
    """The API's form of a time: UTC, milliseconds, ``Z``."""
    return iso(moment) or ""


@cache
def _day(days: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=days)).isoformat()


def stamp_ms(moment: int) -> str:
    """``stamp`` of milliseconds since 1970; quick, since every seeded row needs several."""
    days, left = divmod(moment, DAY)
    seconds, ms = divmod(left, 1000)
    return f"{_day(days)}T{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{ms:03d}Z"


def brief(record: Record, *fields: str) -> Record:
    """The short form in which one record stands inside another."""
    return {field: record[field] for field in fields}


def references(calendar: Calendar) -> dict[str, list[Record]]:
    """The small tables."""
    tables = {
        table: [_reference(table, number, calendar) for number in range(1, len(names) + 1)]
        for table, names in NAMES.items()
    }
    for number, record in enumerate(tables["helpdesk_categories"]):
        record["teams"] = [
            brief(team, "id", "name") for team in tables["teams"][number : number + number % 3]
        ]
    for number, record in enumerate(tables["custom_fields"]):
        owner, table = (
            ("ci_type", "ci_types")
            if record["owner_class"] == "ci"
            else ("helpdesk_category", "helpdesk_categories")
        )
        if number % 3:
            record[owner] = brief(tables[table][number % len(tables[table])], "id", "name")
    categories = tables["article_categories"]
    for number, record in enumerate(tables["articles"]):
        record["article_category"] = brief(categories[number % len(categories)], "id", "friendly_id", "name")
    return tables


def _reference(table: str, number: int, calendar: Calendar) -> Record:
    count = len(NAMES[table])
    created, updated = calendar.created(number, count), calendar.updated(number, count)
    record = reference(table, number, NAMES[table][number - 1], stamp_ms(created))
    record["updated_at"] = stamp_ms(updated)
    return record


def reference(table: str, number: int, name: str, now: str) -> Record:
    """A row of a small table as it looks when it has just been made, in the order of the text's example."""
    row_id = FIRST_IDS[table] + STEP * number
    parent = None if number < 3 else row_id - STEP * (number - 1 - number % 2)
    own: dict[str, Record] = {
        "ci_types": {"parent_id": parent},
        "locations": {"parent_id": parent},
        "helpdesk_priorities": {"color": COLORS[number % 4], "level": number},
        "helpdesk_categories": {"color": COLORS[number % 4], "icon": "fa fa-fw fa-envelope", "teams": []},
        "tags": {"owner_class": ("ci", "user", "ticket")[number % 3]},
        "searches": {
            "owner_class": ("ci", "ticket", "problem")[(number - 1) % 3],
            "my_search": number % 4 == 1,
        },
        "ticket_types": {"shortcut": name[:2].upper()},
    }
    if table in ARTICLES:
        return _article(table, row_id, number, name, now)
    extra = _custom_field(row_id, number) if table == "custom_fields" else own.get(table, {})
    times = {"updated_at": now} if table == "manufacturers" else {"created_at": now, "updated_at": now}
    return {"id": row_id, "name": name, **extra, **times}


def _article(table: str, row_id: int, number: int, name: str, now: str) -> Record:
    own: Record = {"name": name}
    if table == "articles":
        own = {"title": name, "body": f"<p>{name}: ask the desk.</p>", "article_category": None}
    return {"id": row_id, "friendly_id": number, **own, "created_at": now, "updated_at": now}


def _custom_field(row_id: int, number: int) -> Record:
    kind = _TYPE_IDS[(number - 1) % len(_TYPE_IDS)]
    choices = ["Broken switch", "Broken cable", "Other"] if kind in (8, 11) else []
    return {
        "owner_class": ("ci", "ticket")[number % 2],
        "type_id": kind,
        "required": False,
        "position": number - 1,
        "ci_type": None,
        "helpdesk_category": None,
        "options": [{"id": row_id * 10 + place, "name": name} for place, name in enumerate(choices)],
    }


def custom_value(kind: int, dice: Dice) -> str | int | float | bool | None:
    """A value of a custom field of this ``type_id``, in the JSON type that goes with it."""
    day = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=dice.below(1000))
    values: dict[int, str | int | float | bool] = {
        1: f"{dice.below(99999):05d}-ABF",
        2: "Rang twice.\nNobody there — “later”.",
        3: f"https://wiki.example.com/{dice.below(500)}",
        4: dice.below(5000),
        5: dice.below(100_000) / 100,
        6: day.date().isoformat(),
        7: dice.below(2) == 1,
        8: "Broken cable",
        11: "Other",
    }
    return None if dice.below(9) == 0 else values[kind]
