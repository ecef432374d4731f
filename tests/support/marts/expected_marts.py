"""The analysts' five questions, answered from the sandboxes' records in Python, without the warehouse or its SQL."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from fieldhouse.sources.sandbox.shiftboard.timezones import IANA

Record = Mapping[str, Any]
Tables = Mapping[str, list[dict[str, Any]]]
NEW_YORK = ZoneInfo("America/New_York")
BANDS = ((1, "under 1 day"), (7, "1 to 6 days"), (30, "7 to 29 days"), (90, "30 to 89 days"))
OVERDUE = ((0, "not due"), (30, "1 to 30 days"), (60, "31 to 60 days"), (90, "61 to 90 days"))


def moment(text: str | None) -> datetime | None:
    """An instant; one without a zone is UTC."""
    if not text:
        return None
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def open_tickets(truth: Mapping[str, Tables], now: datetime) -> set[tuple[str, str, int, int]]:
    """(team, age band, open tickets, overdue)."""
    actual: Counter[tuple[str, str]] = Counter()
    late: Counter[tuple[str, str]] = Counter()
    for team, opened, due in _open(truth, now):
        key = team, next((name for most, name in BANDS if (now - opened).days < most), "90 days and more")
        actual[key] += 1
        late[key] += due is not None and due < now
    return {(*key, count, late[key]) for key, count in actual.items()}


def _open(truth: Mapping[str, Tables], now: datetime) -> Iterator[tuple[str, datetime, datetime | None]]:
    """Tickets that began and are not closed; planned ones begin later."""
    for ticket in truth["bossdesk"]["tickets"]:
        opened = moment(ticket["created_at"])
        if ticket["status"] != "closed" and opened and opened <= now:
            yield (ticket["team"] or {}).get("name", "no team"), opened, moment(ticket["due_at"])
    for ticket in truth["notific"]["tickets"]:
        opened = moment(ticket["StartTime"])
        if not ticket["ClosedTime"] and opened and opened <= now:
            yield "no team", opened, moment(ticket["ExpectedResolutionTime"])


def first_responses(truth: Mapping[str, Tables]) -> dict[date, tuple[int, float, float]]:
    """Monday -> (answered tickets, median hours, median business hours), by whole minutes, weeks of New York."""
    weeks: dict[date, list[tuple[int, int]]] = defaultdict(list)
    for ticket in truth["bossdesk"]["tickets"]:
        opened = moment(ticket["created_at"])
        answers = [
            moment(comment["created_at"])
            for comment in ticket["comments"]
            if comment["from_agent"] and comment["is_public"]
        ]
        first = min((answer for answer in answers if answer), default=None)
        if opened and first and first >= opened:
            day = opened.astimezone(NEW_YORK).date()
            minutes = int((first - opened).total_seconds() // 60), int(business_seconds(opened, first) // 60)
            weeks[day - timedelta(days=day.weekday())].append(minutes)
    return {
        week: (len(all_), median(real / 60 for real, _ in all_), median(own / 60 for _, own in all_))
        for week, all_ in weeks.items()
    }


def business_seconds(since: datetime, until: datetime) -> float:
    """Seconds between 9 and 17 o'clock in New York, Monday to Friday."""
    seconds, day = 0.0, since.astimezone(NEW_YORK).date()
    while day <= until.astimezone(NEW_YORK).date():
        if day.weekday() < 5:
            opens, closes = (datetime.combine(day, time(hour), NEW_YORK) for hour in (9, 17))
            overlap = min(until, closes.astimezone(UTC)) - max(since, opens.astimezone(UTC))
            seconds += max(0.0, overlap.total_seconds())
        day += timedelta(days=1)
    return seconds


def uncovered_next_week(truth: Mapping[str, Tables], today: date) -> set[tuple[str, int, int]]:
    """(workgroup, open positions, positions) of workgroups with open ones."""
    names = {row["id"]: row["name"] for row in truth["shiftboard"]["workgroups"]}
    monday = today - timedelta(days=today.weekday()) + timedelta(days=7)
    needed, missing = Counter[str](), Counter[str]()
    for shift in truth["shiftboard"]["shifts"]:
        day = date.fromisoformat(shift["start_date"][:10])
        if monday <= day < monday + timedelta(days=7):
            name = names[shift["workgroup"]]
            needed[name] += int(shift["count"])
            missing[name] += 0 if shift["covered"] else int(shift["count"])
    return {(name, missing[name], needed[name]) for name in needed if missing[name]}


def hours_by_week(truth: Mapping[str, Tables]) -> dict[tuple[date, str], tuple[float, float, float]]:
    """(Monday, account id) -> hours scheduled, clocked, on time cards."""
    board = truth["shiftboard"]
    hours: dict[tuple[date, str], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for worker, day, kind, seconds in (*_scheduled(board), *_clocked(board), *_carded(board)):
        hours[day - timedelta(days=day.weekday()), worker][kind] += seconds / 3600
    return {key: (round(a, 2), round(b, 2), round(c, 2)) for key, (a, b, c) in hours.items()}


def _scheduled(board: Tables) -> Iterator[tuple[str, date, int, float]]:
    for shift in board["shifts"]:
        if shift["covered"] and shift.get("end_date"):
            zone = ZoneInfo(IANA[shift["timezone"]])
            begins, ends = (
                datetime.fromisoformat(shift[name]).replace(tzinfo=zone).astimezone(UTC)
                for name in ("start_date", "end_date")
            )
            day = date.fromisoformat(shift["start_date"][:10])
            yield shift["covering_member"], day, 0, (ends - begins).total_seconds()


def _clocked(board: Tables) -> Iterator[tuple[str, date, int, float]]:
    for entry in board["timeclocks"]:
        begins, ends = moment(entry["clocked_in"]), moment(entry["clocked_out"])
        assert begins
        seconds = (ends - begins).total_seconds() // 60 * 60 if ends else 0.0
        yield entry["account"], date.fromisoformat(entry["clocked_in_local"][:10]), 1, seconds


def _carded(board: Tables) -> Iterator[tuple[str, date, int, float]]:
    for card in board["timecards"]:
        hours, minutes, seconds = map(int, card["duration"].split(":"))
        day = date.fromisoformat(card["start_date"][:10])
        yield card["account"], day, 2, hours * 3600 + minutes * 60 + seconds


def receivables(truth: Mapping[str, Tables], now: datetime) -> dict[tuple[str, str], tuple[int, Decimal]]:
    """Age band and currency -> (invoices, balance). Both accounts count in UTC, and neither states its currency."""
    actual: dict[tuple[str, str], tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal(0)))
    owed = [("servicebridge", *one) for one in _invoices(truth["servicebridge"])]
    owed += [("servicesidekick", *one) for one in _billed_jobs(truth["servicesidekick"])]
    for account, due, balance in owed:
        days = (now.date() - due).days if due else None
        if balance < 0:
            band = "credit"
        elif days is None:
            band = "no due date"
        else:
            band = next((name for most, name in OVERDUE if days <= most), "over 90 days")
        key = band, f"currency of {account}"
        count, total = actual[key]
        actual[key] = count + 1, total + balance
    return dict(actual)


def _invoices(bridge: Tables) -> Iterator[tuple[date | None, Decimal]]:
    days = {term["Id"]: term["Days"] for term in bridge["terms"]}
    for invoice in bridge["invoices"]:
        due, dated = moment(invoice["DueDate"]), moment(invoice["Date"])
        if due is None and dated and (invoice["Term"] or {}).get("Id") in days:
            due = dated + timedelta(days=days[invoice["Term"]["Id"]])
        if invoice["Status"] != "Void" and invoice["Balance"]:
            yield due.date() if due else None, Decimal(str(invoice["Balance"]))


def _billed_jobs(sidekick: Tables) -> Iterator[tuple[date | None, Decimal]]:
    """All jobs' terms are "Net 15 - Due 15 days from the date of job completion."."""
    for job in sidekick["jobs"]:
        invoiced, done = moment(job["invoice_date"]), moment(job["completed_on"])
        owed = Decimal(str(job["balance_remaining"]))
        if invoiced and owed and not job["canceled_on"] and not job["deleted_at"]:
            yield done.date() + timedelta(days=15) if done else None, owed
