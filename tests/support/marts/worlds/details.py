"""What generated accounts have besides: tags, tasks and approvals of tickets, leads, and what hours cost."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

Tables = dict[str, list[Any]]
_TAGS = ("printer", "vpn", "printer", " ", None)
_ENDLESS = datetime(9999, 12, 31, tzinfo=UTC)


def add_details(number: int, world: dict[str, Tables], now: datetime) -> None:
    """Give the accounts of three vendors these rows; the same for the same number."""
    dice = Random(f"details of {number}")
    for account, tables in world.items():
        vendor = account.partition("_")[0]
        if vendor == "bossdesk":
            _add_to_tickets(dice, tables, now)
        elif vendor == "servicebridge":
            tables["leads"] = [_lead(dice, lead, now) for lead in range(dice.randint(1, 6))]
        elif vendor == "shiftboard":
            _add_pay(dice, tables)


def _moment(dice: Random, now: datetime, *, never: float = 0.2) -> datetime | None:
    if dice.random() < 0.04:
        return _ENDLESS
    moment = now + timedelta(days=dice.randint(-30, 3), minutes=dice.randint(-700, 700))
    return None if dice.random() < never else moment


def _add_to_tickets(dice: Random, tables: Tables, now: datetime) -> None:
    """Also to tickets that the vendor deleted or never had, as a child table may keep them."""
    tags, tasks, approvals = [], [], []
    for ticket in [*(row["id"] for row in tables["tickets"]), 999]:
        for place in range(dice.randint(0, 3)):
            child = {"_parent_id": ticket, "_list_index": place, "id": 100 * ticket + place}
            tags.append({**child, "name": dice.choice(_TAGS)})
            tasks.append(
                {
                    **child,
                    "title": dice.choice(("An action", "", None)),
                    "type__name": "Communication",
                    "team__name": dice.choice(("Apps", "", None)),
                    "agent__id": dice.choice((1, 2, 77, None)),
                    "created_at": _moment(dice, now, never=0.1),
                    "due_at": _moment(dice, now, never=0.3),
                    "closed_at": _moment(dice, now, never=0.5),
                }
            )
            approvals.append(
                {
                    **child,
                    "status": dice.choice(("sent", "approved", "rejected")),
                    "user__id": dice.choice((1, 2, 77, None)),
                    "created_at": _moment(dice, now, never=0.1),
                    "responded_at": _moment(dice, now, never=0.4),
                }
            )
    tables["tickets__tags"], tables["tickets__tasks"] = tags, tasks
    tables["tickets__approval_requests"] = approvals


def _lead(dice: Random, number: int, now: datetime) -> dict[str, Any]:
    return {
        "id": number,
        "name": dice.choice(("Acme", "", None)),
        "status": dice.choice(("New", "Contacted", "Converted", "Lost", None)),
        "customer__id": dice.choice((1, 2, 99, None)),
        "marketing_category__name": dice.choice(("Web", "", None)),
        "expected_amount": dice.choice((Decimal("0"), Decimal("900.50"), Decimal(10) ** 17, None)),
        "metadata__created_on": _moment(dice, now, never=0.1),
        "metadata__updated_on": now,
        "_deleted_at": now if dice.random() < 0.1 else None,
    }


def _add_pay(dice: Random, tables: Tables) -> None:
    """Rates of the accounts and of pay codes, and weeks of more than forty hours."""
    for row in tables["accounts"]:
        row["pay_rate"] = dice.choice((Decimal("21.5"), Decimal(0), None))
        row["paycode"] = dice.choice(("1", "2", "9", None))
        row["overtime_exempt"] = dice.choice((True, False, False, None))
    tables["paycodes"] = [{"id": "1", "pay_rate": Decimal("18.25")}, {"id": "2", "pay_rate": None}]
    for worker in ("1", "2"):
        for day in range(dice.choice((0, 3))):
            tables["timecards"].append(
                {
                    "id": f"long {worker} {day}",
                    "account": worker,
                    "start_date": date(2026, 10, 20) + timedelta(days=day),
                    "_duration_seconds": dice.choice((54_000, 57_600)),
                    "shift": None,
                    "approved": True,
                }
            )
