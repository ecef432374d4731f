"""What generated accounts have besides: places within places, of customers, and values that no record should have."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

Tables = dict[str, list[Any]]
_ENDLESS = datetime(9999, 12, 31, tzinfo=UTC)
_LONG_AGO = datetime(1950, 3, 4, 12, tzinfo=UTC)
_ODD = {
    "tickets": {"closed_at": "future", "updated_at": _ENDLESS, "end_time": _ENDLESS},
    "invoices": {"date": _LONG_AGO},
    "payments": {"date": _LONG_AGO},
    "estimates": {"expiration_date": _ENDLESS},
    "assets": {"installed_on": _ENDLESS},
    "shifts": {"start_date": "1950-10-05T08:00:00"},
    "timeclocks": {"_clocked_in_utc": _ENDLESS},
    "timecards": {"start_date": date(1500, 1, 1)},
    "time_off_requests": {"end_date": "2026-11-31"},
}
"""Table -> column -> a value that is put into one row in twelve of it, where the column is known."""


def add_odd(number: int, world: dict[str, Tables], now: datetime) -> None:
    """Give the accounts places, and values that cannot be right here and there."""
    _add_places(number, world)
    _add_odd_values(number, world, now)


def _add_places(number: int, world: dict[str, Tables]) -> None:
    """Give the accounts places: each below another or none, of a customer or of nobody, some of them deleted."""
    dice = Random(f"places of {number}")
    for account, tables in world.items():
        vendor = account.partition("_")[0]
        if vendor == "servicesidekick":
            for row in tables["customers"]:
                row.update(_address(dice, "service_{}", "address city state zip_code country"))
                row.update(latitude=dice.choice((None, 33.75, -33.9)), longitude=dice.choice((None, 151.2)))
        elif vendor == "servicebridge":
            for row in tables["locations"]:
                row["customer__id"] = dice.choice((1, 2, 3, 99, None))
                row.update(_address(dice, "address__{}", "line1 city state postal_code country"))
                row.update(latitude=dice.choice((None, 41.88)), longitude=-87.6)
        elif vendor in ("bossdesk", "shiftboard"):
            tables["locations"] = [
                {
                    "id": place,
                    "name": f"Site {place}",
                    "parent_id": dice.choice((None, 1, 2, 9)) if place > 2 else None,
                    **_address(dice, "{}", "address city state zip country"),
                    "_deleted_at": _LONG_AGO if dice.random() < 0.2 else None,
                }
                for place in range(1, dice.randint(2, 6))
            ]


def _add_odd_values(number: int, world: dict[str, Tables], now: datetime) -> None:
    """Put a value that cannot be right into a row here and there."""
    dice = Random(f"odd values of {number}")
    for tables in world.values():
        for table, values in _ODD.items():
            for row in tables.get(table, []):
                for column, value in values.items():
                    if column in row and row[column] is not None and dice.random() < 1 / 12:
                        row[column] = (
                            now + timedelta(hours=dice.randint(1, 90)) if value == "future" else value
                        )


def _address(dice: Random, name: str, parts: str) -> dict[str, Any]:
    values = (("7 Elm St", " ", None), ("Atlanta", ""), ("GA", None), ("30303", None), ("US", None))
    return {
        name.format(part): dice.choice(choices) for part, choices in zip(parts.split(), values, strict=True)
    }
