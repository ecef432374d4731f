"""Generated accounts: zones and clock changes, midnight, reopened, cancelled, partly paid, void, absent, impossible."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from tests.support.marts.oracle.account_clock import AccountClock

from .more import More

NOW = datetime(2026, 11, 2, 15, tzinfo=UTC)
ZONES = ("UTC", "America/Chicago", "Europe/Berlin", "Australia/Sydney", "America/New_York", "Asia/Kolkata")
HOURS: tuple[dict[int, tuple[tuple[int, int], ...]], ...] = (
    dict.fromkeys(range(1, 6), ((540, 1020),)),
    dict.fromkeys(range(1, 6), ((540, 720), (780, 1020))),
    dict.fromkeys(range(1, 8), ((0, 1440),)),
    {5: ((1320, 360),), 6: ((600, 840),), 1: ((480, 960),)},
)
TERMS = (
    "Net 30",
    "Net 15 - Due 15 days from the date of job completion.",
    "Net 10 EOM",
    "Due in 14 days",
    "Due on receipt",
    "as agreed",
    None,
)
WAITING = frozenset({"Waiting on vendor"})
LABELS = {"Pacific Time (US/Can) (GMT-08:00)": "America/Los_Angeles", "Berlin (GMT+01:00)": "Europe/Berlin"}


class World:
    """Five accounts, one of each vendor, with a clock each; the same for the same number."""

    def __init__(self, number: int) -> None:
        self.dice = Random(number)
        self.clocks: dict[str, AccountClock] = {}
        self.tables: dict[str, dict[str, list[Any]]] = {}
        makers = {
            "bossdesk": self._bossdesk,
            "notific": self._notific,
            "shiftboard": self._shiftboard,
            "servicebridge": self._servicebridge,
            "servicesidekick": self._servicesidekick,
        }
        for vendor, maker in makers.items():
            account = f"{vendor}_w{number}"
            self.clocks[account] = AccountClock(
                NOW,
                ZoneInfo(self.dice.choice(ZONES)),
                self.dice.choice(HOURS),
                frozenset({date(2026, 10, 26), date(2026, 10, 30)}) if self._perhaps(0.3) else frozenset(),
                self.dice.choice((1, 1, 7)),
                waiting=WAITING,
            )
            self.tables[account] = maker()
        More(number, NOW).add(self.tables)

    def _perhaps(self, share: float) -> bool:
        return self.dice.random() < share

    def _moment(self, first: int = -40, last: int = 4) -> datetime:
        """Around the changes of clocks in October and November, often close to midnight somewhere."""
        day = NOW + timedelta(days=self.dice.randint(first, last))
        hour = self.dice.choice((0, 4, 5, 6, 9, 13, 14, 17, 21, 22, 23))
        return day.replace(hour=hour, minute=self.dice.randint(0, 59), second=self.dice.randint(0, 59))

    def _later(self, moment: datetime, most_hours: int) -> datetime:
        return moment + timedelta(
            minutes=self.dice.randint(0, most_hours * 60), seconds=self.dice.randint(0, 59)
        )

    def _span(self, most_hours: int = 10) -> tuple[datetime, datetime]:
        """Now and then a span that cannot be right."""
        begin = self._moment()
        if self._perhaps(0.06):
            return begin, self.dice.choice((begin - timedelta(hours=1), datetime(9999, 12, 31, tzinfo=UTC)))
        return begin, self._later(begin, most_hours)

    def _amount(self, most: int = 900) -> Decimal:
        return Decimal(self.dice.randint(100, most * 100)) / 100

    def _deleted(self) -> dict[str, Any]:
        return {"_deleted_at": NOW if self._perhaps(0.05) else None}

    def _bossdesk(self) -> dict[str, list[Any]]:
        tables: dict[str, list[Any]] = {"tickets": [], "tickets__comments": [], "tickets__time_entries": []}
        for number in range(self.dice.randint(3, 9)):
            opened = datetime(1900, 1, 5, tzinfo=UTC) if self._perhaps(0.04) else self._moment()
            closed = self._later(self._moment(), 200) if self._perhaps(0.5) else None
            status = "closed" if closed or self._perhaps(0.1) else "open"
            tables["tickets"].append(
                {
                    "id": number,
                    "status": status,
                    "team__name": self.dice.choice(("Apps", "Desk", None)),
                    "created_at": None if self._perhaps(0.03) else opened,
                    "updated_at": self._moment(-10, 0),
                    "due_at": self._moment() if self._perhaps(0.7) else None,
                    "closed_at": closed,
                    **self._deleted(),
                }
            )
            if tables["tickets"][-1]["_deleted_at"]:
                continue
            for place in range(self.dice.randint(0, 3)):
                tables["tickets__comments"].append(
                    {
                        "_parent_id": number,
                        "_list_index": place,
                        "created_at": self._later(self._moment(), 90),
                        "is_public": self._perhaps(0.7),
                        "from_agent": self._perhaps(0.7),
                    }
                )
                tables["tickets__time_entries"].append(
                    {
                        "_parent_id": number,
                        "_list_index": place,
                        "date": date(2026, 10, 20),
                        "duration": self.dice.choice((5, 90, 600, -15, 10**9)),
                        "billable": True,
                    }
                )
        return tables

    def _notific(self) -> dict[str, list[Any]]:
        rows = []
        for number in range(self.dice.randint(2, 6)):
            closed = self._moment() if self._perhaps(0.5) else None
            rows.append(
                {
                    "id": number,
                    "start_time": self._moment(-40, 20),
                    "expected_resolution_time": self._moment() if self._perhaps(0.6) else None,
                    "closed_time": closed,
                    "reopened_time": self._moment() if closed and self._perhaps(0.3) else None,
                    **self._deleted(),
                }
            )
        return {"tickets": rows}

    def _shiftboard(self) -> dict[str, list[Any]]:
        shifts = []
        for number in range(1, self.dice.randint(3, 10)):
            label = self.dice.choice((*LABELS, None))
            begin = datetime(2026, 10, 3, self.dice.randint(6, 15), self.dice.randint(0, 59)) + timedelta(
                days=self.dice.randint(0, 45)
            )
            end = begin + timedelta(minutes=self.dice.randint(30, 420))
            if self._perhaps(0.05):
                end = begin - timedelta(hours=2)
            kind = self.dice.choice(("times", "times", "day", "open end", "duration"))
            has_instants = label is not None and self._perhaps(0.6)
            zone = ZoneInfo(LABELS.get(label or "", "UTC"))
            covered = self._perhaps(0.7)
            has_end = kind == "times"
            shifts.append(
                {
                    "id": str(number),
                    "start_date": f"{begin:%Y-%m-%d}" if kind == "day" else begin.isoformat(),
                    "end_date": end.isoformat() if has_end else None,
                    "timezone": label,
                    "dur_hrs": self.dice.randint(1, 9) if kind == "duration" else None,
                    "_start_date_utc": begin.replace(tzinfo=zone).astimezone(UTC)
                    if has_instants and kind != "day"
                    else None,
                    "_end_date_utc": end.replace(tzinfo=zone).astimezone(UTC)
                    if has_instants and has_end
                    else None,
                    "workgroup": self.dice.choice(("7", "8")),
                    "count": 1 if covered else self.dice.randint(1, 3),
                    "covered": covered,
                    "covering_member": self.dice.choice(("1", "2")) if covered else None,
                    "absent_reason": "3" if self._perhaps(0.1) else self.dice.choice((None, "0")),
                    "acknowledge_decline_reason": "4" if self._perhaps(0.1) else None,
                    **self._deleted(),
                }
            )
            if self._perhaps(0.04):
                shifts[-1].update(
                    start_date="2026-02-30T08:00:00", end_date=None, _start_date_utc=None, _end_date_utc=None
                )
        clocks = []
        for number in range(self.dice.randint(0, 8)):
            begin, end = self._span(6)
            clocks.append(
                {
                    "id": f"{number:03}",
                    "account": self.dice.choice(("1", "2")),
                    "shift": self.dice.choice((None, "0", "1", "2")),
                    "_clocked_in_utc": begin,
                    "_clocked_out_utc": None if self._perhaps(0.1) else end,
                }
            )
        cards = [
            {
                "id": str(number),
                "account": self.dice.choice(("1", "2")),
                "start_date": date(2026, 10, 3) + timedelta(days=self.dice.randint(0, 30)),
                "_duration_seconds": self.dice.choice((3600, 28800, 5400, -60, 10**9)),
            }
            for number in range(self.dice.randint(0, 6))
        ]
        names = [{"id": number, "name": name} for number, name in (("7", "Ushers"), ("8", "Bar"))]
        zones = [{"name": label, "iana_timezone": zone} for label, zone in LABELS.items()]
        tables = {"shifts": shifts, "timeclocks": clocks, "timecards": cards}
        return {**tables, "workgroups": names, "timezones": zones}

    def _servicebridge(self) -> dict[str, list[Any]]:
        tables: dict[str, list[Any]] = {
            "employees": [
                {"id": number, "is_active": self._perhaps(0.8), "metadata__created_on": self._moment(-40, -5)}
                for number in range(1, 4)
            ],
            "locations": [{"id": number, "name": "x", **self._deleted()} for number in (1, 2)],
            "work_orders": [],
            "work_orders__visits": [],
            "work_orders__visits__team_members": [],
            "invoices": [],
            "payments": [],
            "estimates": [],
        }
        statuses = ("New", "Scheduled", "InProgress", "Completed", "Completed", "Invoiced", "Canceled", "Odd")
        for number in range(1, self.dice.randint(3, 8)):
            deleted = self._deleted()
            tables["work_orders"].append(
                {
                    "id": number,
                    "status": self.dice.choice(statuses),
                    "location__id": self.dice.choice((1, 2, None)),
                    "metadata__updated_on": self._moment() if self._perhaps(0.8) else None,
                    **deleted,
                }
            )
            for place in range(self.dice.randint(0, 3) if not deleted["_deleted_at"] else 0):
                begin, end = self._span()
                visit = number * 10 + place
                tables["work_orders__visits"].append(
                    {
                        "id": visit,
                        "_parent_id": number,
                        "status": self.dice.choice(
                            ("Scheduled", "Completed", "Completed", "Canceled", "InProgress")
                        ),
                        "start_time": begin,
                        "finish_time": end,
                    }
                )
                for index, employee in enumerate(self.dice.sample((1, 2, 3), self.dice.randint(0, 2))):
                    tables["work_orders__visits__team_members"].append(
                        {"id": employee, "_parent_id": visit, "_list_index": index, "name": "x"}
                    )
        for number in range(1, self.dice.randint(3, 9)):
            total = self._amount() * (-1 if self._perhaps(0.1) else 1)
            day = self._moment(-60, 0)
            tables["invoices"].append(
                {
                    "id": number,
                    "work_order__id": self.dice.choice((1, 2, 3, None, 99)),
                    "status": "Void" if self._perhaps(0.15) else "Unpaid",
                    "date": day.replace(hour=0, minute=0, second=0) if self._perhaps(0.5) else day,
                    "due_date": self._moment(-120, 20).replace(hour=0, minute=0, second=0)
                    if self._perhaps(0.7)
                    else None,
                    "total": total,
                    "balance": self.dice.choice((Decimal(0), total, total / 2)).quantize(Decimal("0.01")),
                    **self._deleted(),
                }
            )
        for number in range(self.dice.randint(0, 6)):
            day = self._moment(-60, 0)
            tables["payments"].append(
                {
                    "id": number,
                    "invoice__id": self.dice.choice((1, 2, 3, None)),
                    "date": day.replace(hour=0, minute=0, second=0) if self._perhaps(0.5) else day,
                    "amount": self._amount(300),
                    **self._deleted(),
                }
            )
        for number in range(self.dice.randint(1, 5)):
            tables["estimates"].append(
                {
                    "id": number,
                    "status": self.dice.choice(("Draft", "Sent", "Sent", "Won", "Lost")),
                    "metadata__created_on": self._moment(-70, 0),
                    "expiration_date": self._moment(-5, 5) if self._perhaps(0.7) else None,
                    "total": self._amount(),
                }
            )
        return tables

    def _servicesidekick(self) -> dict[str, list[Any]]:
        tables: dict[str, list[Any]] = {
            "employees": [
                {"id": number, "active": self._perhaps(0.8), "created_at": self._moment(-40, -5)}
                for number in (1, 2)
            ],
            "customers": [{"id": number, "name": "x"} for number in (1, 2)],
            "jobs": [],
            "jobs__employees": [],
            "jobs__time_entries": [],
        }
        for number in range(1, self.dice.randint(3, 8)):
            planned = self._moment() if self._perhaps(0.8) else None
            total = self._amount()
            invoiced = self._moment(-60, 0) if self._perhaps(0.6) else None
            balance = self.dice.choice((Decimal(0), total, (total / 3).quantize(Decimal("0.01")), None))
            tables["jobs"].append(
                {
                    "id": number,
                    "customer_id": self.dice.choice((1, 2, 3)),
                    "scheduled_on": planned,
                    "started_on": planned and (self._later(planned, 3) if self._perhaps(0.6) else None),
                    "completed_on": self._moment(-30, 0) if self._perhaps(0.5) else None,
                    "canceled_on": self._moment(-30, 0) if self._perhaps(0.15) else None,
                    "duration": Decimal(self.dice.choice((1, 2, 8))),
                    "invoice_date": invoiced,
                    "invoice_terms": self.dice.choice(TERMS),
                    "total": total,
                    "balance_remaining": balance,
                    **self._deleted(),
                }
            )
            if tables["jobs"][-1]["_deleted_at"]:
                continue
            for index, employee in enumerate(self.dice.sample((1, 2), self.dice.randint(0, 2))):
                tables["jobs__employees"].append(
                    {"id": employee, "_parent_id": number, "_list_index": index, "name": "x"}
                )
            for place in range(self.dice.randint(0, 3)):
                begin, end = self._span(6)
                is_open = self._perhaps(0.2)
                tables["jobs__time_entries"].append(
                    {
                        "id": number * 10 + place,
                        "_parent_id": number,
                        "employee_id": self.dice.choice((1, 2)),
                        "started_on": begin,
                        "ended_on": None if is_open else end,
                        "number_of_hours": Decimal("1.25") if is_open and self._perhaps(0.5) else None,
                    }
                )
        return tables
