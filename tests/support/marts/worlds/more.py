"""What generated accounts have besides: people and customers that several know, histories, things, breaks, lines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from .details import add_details
from .odd import add_odd

Tables = dict[str, list[Any]]
_NAMES = ("Ada Alder", "Ben Birch-Smith", "Cem Cedar", "Dee O'Dell", "Eve Elm", "Fay Fir")
_COMPANIES = ("Acme", "Birch & Sons", "Corner Shop", "Delta Works")
_FORMS = ("", ", Inc.", " LLC", " Ltd")
_EXTENDED = (None, "Waiting on vendor", "In review")


class More:
    """Adds to the tables of a world; the same for the same number."""

    def __init__(self, number: int, now: datetime) -> None:
        self.number, self.now, self.dice = number, now, Random(f"more of {number}")

    def _perhaps(self, share: float) -> bool:
        return self.dice.random() < share

    def _moment(self, first: int, last: int) -> datetime:
        return self.now + timedelta(
            days=self.dice.randint(first, last),
            minutes=self.dice.randint(-700, 700),
            seconds=self.dice.randint(0, 59),
        )

    def add(self, world: dict[str, Tables]) -> None:
        for account, tables in world.items():
            getattr(self, f"_{account.partition('_')[0]}")(tables)
        add_odd(self.number, world, self.now)
        add_details(self.number, world, self.now)

    def _phone(self, member: int) -> str:
        digits = f"{2_000_000_000 + self.number * 1000 + member * 7}"
        forms = (
            digits,
            f"+1 ({digits[:3]}) {digits[3:6]}-{digits[6:]}",
            f"{digits[:3]}.{digits[3:6]}.{digits[6:]}",
        )
        return self.dice.choice(forms)

    def _person(self, member: int | None = None) -> dict[str, Any]:
        """Somebody of the cast as one account writes them; now and then with what is no address of theirs."""
        member = self.dice.randrange(len(_NAMES)) if member is None else member
        name = _NAMES[member]
        mail: str | None = f"{name.split()[0].lower()}@field{self.number}.test"
        phone: str | None = self._phone(member)
        if self._perhaps(0.25):
            name = self.dice.choice((name.upper(), name.replace("-", " "), name.split()[0]))
        if self._perhaps(0.35):
            mail = self.dice.choice(
                (None, "noreply@field.test", f"office@field{self.number}.test", f" {mail} ")
            )
        elif self._perhaps(0.3):
            mail = str(mail).upper()
        if self._perhaps(0.4):
            other = self.dice.randrange(len(_NAMES))
            phone = self.dice.choice((None, "000-000-0000", "12", self._phone(99), self._phone(other)))
        return {"name": name, "email": mail, "phone": phone, "is_active": self._perhaps(0.8)}

    def _people(self, most: int) -> list[dict[str, Any]]:
        """A few of the cast, each once, and now and then one of them again as an earlier record."""
        chosen = self.dice.sample(range(len(_NAMES)), self.dice.randint(1, most))
        results = [self._person(member) for member in chosen]
        if self._perhaps(0.3):
            again = {**self.dice.choice(results), "is_active": False}
            results.append(again)
        return results

    def _customer(self) -> dict[str, Any]:
        company = self.dice.randrange(len(_COMPANIES))
        host = f"shop{company}-{self.number}.test"
        return {
            "name": f"{_COMPANIES[company]} {self.number}{self.dice.choice(_FORMS)}",
            "email": self.dice.choice((f"office@{host}", f"OFFICE@{host}", None, "none@x.test")),
            "phone": self.dice.choice((self._phone(50 + company), None, self._phone(98))),
            "street": self.dice.choice((f"{company} Elm St.", f"{company} elm st", None)),
            "code": f"{30000 + self.number}",
            "is_active": self._perhaps(0.85),
        }

    def _versions(self, key: Any, states: tuple[dict[str, Any], ...]) -> list[dict[str, Any]]:
        """Up to five versions that follow each other, now and then with a gap or an end."""
        results: list[dict[str, Any]] = []
        since = self._moment(-30, -10)
        for _ in range(self.dice.randint(0, 5)):
            until = since + timedelta(minutes=self.dice.randint(1, 4000), seconds=self.dice.randint(0, 59))
            results.append({"id": key, **self.dice.choice(states), "_valid_from": since, "_valid_to": until})
            since = until + timedelta(hours=3) if self._perhaps(0.1) else until
        if results and self._perhaps(0.8):
            results[-1]["_valid_to"] = None
        return results

    def _bossdesk(self, tables: Tables) -> None:
        tables["users"] = [
            {
                "id": number,
                "first_name": one["name"].partition(" ")[0],
                "last_name": one["name"].partition(" ")[2] or None,
                "email": one["email"],
                "phone": one["phone"],
                "mobile": self.dice.choice((None, self._phone(number))),
                "is_agent": self._perhaps(0.5),
                "archived_at": None if one["is_active"] else self.now,
            }
            for number, one in enumerate(self._people(4), 1)
        ]
        tables["cis"] = [
            {"id": number, "name": "x", "archived_at": self.now if self._perhaps(0.1) else None}
            for number in range(1, 4)
        ]
        tables["tickets__cis"], tables["tickets_history"] = [], []
        states = tuple(
            {
                "status": status,
                "extended_status__name": extended,
                "team__name": team,
                "agent__id": 1,
                "due_at": None,
            }
            | {"closed_at": None}
            for status in ("open", "waiting", "closed")
            for extended in _EXTENDED
            for team in ("Apps", "Desk", None)
        )
        for ticket in tables["tickets"]:
            ticket["type__name"] = self.dice.choice(("Incident", "Request", None, "Major incident"))
            for place in range(self.dice.randint(0, 3)):
                tables["tickets__cis"].append(
                    {"id": self.dice.randint(1, 4), "_parent_id": ticket["id"], "_list_index": place}
                )
            if self._perhaps(0.5):
                tables["tickets_history"] += self._versions(ticket["id"], states)

    def _notific(self, tables: Tables) -> None:
        tables["operators"] = [
            {"id": number, "name": one["name"], "email": one["email"], "cell_phone": one["phone"]}
            for number, one in enumerate(self._people(2), 1)
        ]
        tables["customers"] = [
            {"id": number, "name": one["name"], "email": one["email"], "cell_phone": one["phone"]}
            for number, one in enumerate([self._customer() for _ in range(2)], 1)
        ]
        tables["tickets_history"] = []
        early, late = self.now - timedelta(days=2), self.now - timedelta(days=1)
        states = tuple(
            {
                "closed_time": closed,
                "reopened_time": again,
                "operator_id": 1,
                "expected_resolution_time": None,
            }
            for closed, again in ((None, None), (early, None), (early, late), (late, early))
        )
        for ticket in tables["tickets"]:
            ticket["end_time"] = self._moment(-20, 20) if self._perhaps(0.5) else None
            if self._perhaps(0.4):
                tables["tickets_history"] += self._versions(ticket["id"], states)

    def _shiftboard(self, tables: Tables) -> None:
        tables["accounts"] = [
            {
                "id": str(number),
                "first_name": one["name"].partition(" ")[0],
                "last_name": one["name"].partition(" ")[2] or None,
                "screen_name": None,
                "email": one["email"],
                "bad_email": self._perhaps(0.1),
                "home_phone": one["phone"],
                "mobile_phone": None,
                "org_hold": not one["is_active"],
            }
            for number, one in enumerate(self._people(4), 1)
        ]
        tables["clients"] = [
            {
                "id": str(number),
                "name": one["name"],
                "contact_email": one["email"],
                "contact_phone": one["phone"],
                "address": one["street"],
                "zip": one["code"],
            }
            for number, one in enumerate([self._customer() for _ in range(2)], 1)
        ]
        tables["resources"] = [{"id": "1", "name": "Van"}]
        tables["shifts__breaks"] = []
        for shift in tables["shifts"]:
            starts = shift["_start_date_utc"]
            shift["published"] = self._perhaps(0.8)
            shift["_arrive_late_datetime_utc"] = (
                starts + timedelta(minutes=25) if starts and self._perhaps(0.15) else None
            )
            shift["_leave_early_datetime_utc"] = (
                starts + timedelta(minutes=50) if starts and self._perhaps(0.1) else None
            )
            for place in range(self.dice.choice((0, 0, 1, 2))):
                tables["shifts__breaks"].append(
                    {
                        "_parent_id": shift["id"],
                        "_list_index": place,
                        "duration_minutes": self.dice.choice((15, 30, 600, -5, 10**6)),
                        "paid": self._perhaps(0.3),
                    }
                )
        for card in tables["timecards"]:
            card["shift"] = self.dice.choice((None, "0", "1", "2"))
            card["approved"] = self._perhaps(0.5)
        tables["time_off_requests"] = []
        for number in range(self.dice.randint(0, 4)):
            begin = datetime(2026, 10, 1) + timedelta(
                days=self.dice.randint(0, 40), hours=self.dice.randint(0, 20)
            )
            end = begin + timedelta(days=self.dice.randint(0, 4), hours=1)
            if self._perhaps(0.1):
                end = begin - timedelta(days=2)
            is_whole = self._perhaps(0.5)
            tables["time_off_requests"].append(
                {
                    "id": str(number),
                    "member": self.dice.choice(("1", "2")),
                    "start_date": f"{begin:%Y-%m-%d}" if is_whole else begin.isoformat(),
                    "end_date": None
                    if self._perhaps(0.15)
                    else f"{end:%Y-%m-%d}"
                    if is_whole
                    else end.isoformat(),
                    "timezone": self.dice.choice(("Berlin (GMT+01:00)", None)),
                    "status": self.dice.choice((0, 2, 2, 3, 7)),
                    "_start_date_utc": None,
                    "_end_date_utc": None,
                }
            )

    def _servicebridge(self, tables: Tables) -> None:
        for row in tables["employees"]:
            one = self._person()
            row.update(name=one["name"], email=one["email"], phone=one["phone"])
        tables["users"] = [
            {
                "id": number,
                "name": one["name"],
                "user_name": one["email"] or "x",
                "is_active": one["is_active"],
            }
            for number, one in enumerate(self._people(2), 1)
        ]
        tables["customers"] = [
            {
                "id": number,
                "name": one["name"],
                "email": one["email"],
                "phone": one["phone"],
                "billing_address__line1": one["street"],
                "billing_address__postal_code": one["code"],
                "is_active": one["is_active"],
            }
            for number, one in enumerate([self._customer() for _ in range(3)], 1)
        ]
        tables["assets"] = [
            {"id": number, "name": "x", "installed_on": self._moment(-900, -30), "warranty_months": months}
            for number, months in enumerate((12, 31, None, 10**6), 1)
        ]
        tables["terms"] = [
            {"id": 1, "name": "Net 30", "days": 30},
            {"id": 2, "name": "On receipt", "days": 0},
        ]
        tables["products"] = [{"id": 1, "cost": Decimal("3.3333")}, {"id": 2, "cost": None}]
        tables["services"] = [{"id": 1, "cost": Decimal("12.5")}]
        tables["work_orders__work_order_lines"], tables["work_orders_history"] = [], []
        states = tuple(
            {"status": status} for status in ("New", "Scheduled", "Completed", "Canceled", "InProgress")
        )
        for order in tables["work_orders"]:
            order["metadata__created_on"] = self._moment(-60, -10)
            order["date_finished"] = (
                self._moment(-9, -1) if order["status"] == "Completed" and self._perhaps(0.2) else None
            )
            if self._perhaps(0.5):
                tables["work_orders_history"] += self._versions(order["id"], states)
            for place in range(self.dice.randint(0, 3)):
                product, service = self.dice.choice(
                    ((1, None), (2, None), (None, 1), (None, None), (9, None))
                )
                quantity = Decimal(self.dice.choice((0, 1, 3, 7))) + Decimal("0.25")
                tables["work_orders__work_order_lines"].append(
                    {
                        "_parent_id": order["id"],
                        "_list_index": place,
                        "product__id": product,
                        "service__id": service,
                        "quantity": None if self._perhaps(0.1) else quantity,
                        "total": Decimal(self.dice.randint(-500, 9000)) / 100,
                    }
                )
        for invoice in tables["invoices"]:
            invoice["term__id"] = self.dice.choice((1, 2, None, 9))

    def _servicesidekick(self, tables: Tables) -> None:
        for row in tables["employees"]:
            one = self._person()
            row.update(name=one["name"], email_address=one["email"], phone_number=one["phone"])
        for row in tables["customers"]:
            one = self._customer()
            row.update(
                name=one["name"],
                email_address=one["email"],
                phone_number=one["phone"],
                billing_address=one["street"],
                billing_zip_code=one["code"],
                is_active=one["is_active"],
            )
        tables["jobs__job_charges"], tables["jobs_history"] = [], []
        early = datetime(2026, 10, 1, tzinfo=UTC)
        times = ("scheduled_on", "started_on", "completed_on", "canceled_on")
        states = tuple(
            {"status": "x", "job_status__name": self.dice.choice((None, "Own"))}
            | {name: early if number < reached else None for number, name in enumerate(times)}
            for reached in range(5)
        )
        for job in tables["jobs"]:
            job["created_at"] = self._moment(-60, -35)
            if self._perhaps(0.5):
                tables["jobs_history"] += self._versions(job["id"], states)
            for place in range(self.dice.randint(0, 2)):
                tables["jobs__job_charges"].append(
                    {
                        "_parent_id": job["id"],
                        "_list_index": place,
                        "item_id": 5,
                        "name": "x",
                        "quantity": Decimal("1.5"),
                        "total": Decimal(self.dice.randint(0, 9000)) / 100,
                    }
                )
        for entry in tables["jobs__time_entries"]:
            entry["billable"] = self._perhaps(0.6)
