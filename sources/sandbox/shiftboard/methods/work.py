"""Time cards, clock entries, time off, trades and availability (vendor text, lines 1542-8045)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from fieldhouse.sources.sandbox.sandbox import Record
from fieldhouse.sources.sandbox.shiftboard.criteria import (
    a_date,
    any_id,
    boolean,
    flag,
    ids_of,
    refuse,
    window,
)
from fieldhouse.sources.sandbox.shiftboard.listing import (
    PLACES,
    SHOW,
    TIMEZONE,
    WORKGROUP,
    Listing,
    Reference,
    accounts,
    getting,
)
from fieldhouse.sources.sandbox.shiftboard.objects import WEEK
from fieldhouse.sources.sandbox.shiftboard.rpc import DENIED, RpcError
from fieldhouse.sources.sandbox.shiftboard.store import Site


def _windowed(table: str, field: str, back: int) -> Listing:
    """A list by date, by default from ``back`` days ago to today; its table has the response key's name."""

    def source(site: Site, params: Record) -> Iterable[Record]:
        select = params.get("select", {})
        first = a_date(select, "start_date", site.today() - timedelta(days=back))
        last = a_date(select, "end_date", site.today())
        return site.between(table, field, str(first), str(last))

    cards = table == "timecards"
    names = ("workgroup", "account", "external_account")
    rules = {name: any_id(name) for name in (*names, *(WORK_FIELDS if cards else ()))}
    flags = ("approved", "processed") if cards else ("clocked_out",)
    references = (accounts("account"), *(PLACES if cards else (TIMEZONE,)), WORKGROUP)
    return Listing(
        table,
        table,
        rules | {n: flag(n) for n in flags},
        source,
        "start_date end_date",
        references,
        params=SHOW,
    )


WORK_FIELDS = ("client", "department", "role", "work_status_type", "location")


def last_day(row: Record) -> str:
    """A time off request's last day: its only one if all-day, none (``~``, after any) if open-ended."""
    if row.get("end_date"):
        return str(row["end_date"])[:10]
    return "~" if row["use_time"] == "4" else str(row["start_date"])[:10]


def _time_off(site: Site, params: Record) -> Iterable[Record]:
    """Requests that overlap the window: today and the 7 days after the start, unless dates are given."""
    select = params.get("select", {})
    first, last = window(select, site.today(), 7)
    rows = [
        row for row in site.between("time_off_requests", "start_date", None, last) if last_day(row) >= first
    ]
    if "profile_type" in select:
        kinds = ids_of(select["profile_type"])
        people = site.tables["accounts"]
        rows = [row for row in rows if people.get(row["member"], {}).get("profile_type") in kinds]
    return rows


TIME_OFF_REFERENCES = (accounts("member", "status_update_by"), TIMEZONE, WORKGROUP)
TIME_OFF = Listing(
    "timeOffRequests",
    "time_off_requests",
    {"status": any_id("status"), "member": any_id("member"), "external_member": any_id("external_member")},
    _time_off,
    "start_date end_date profile_type",
    TIME_OFF_REFERENCES,
    params=f"{SHOW} user_actions display_time",
)


def trade_day(site: Site, row: Record) -> str:
    """The date of coverage: the day of the traded shift; empty where the shift is gone."""
    shift = site.get("shifts", row["shift"])
    return str(shift["start_date"])[:10] if shift else ""


def _trades(site: Site, params: Record) -> Iterable[Record]:
    first, last = window(params.get("select", {}), site.today(), 14)
    return [row for row in site.rows("tradeboard") if first <= trade_day(site, row) <= last]


TRADE_REFERENCES = (
    accounts("traded_by", "traded_to"),
    Reference("shift", "shifts", ("shift",), ("id", "workgroup")),
)
TRADES = Listing(
    "tradeboard",
    "tradeboard",
    {"trade_complete": flag("trade_complete")},
    _trades,
    "start_date end_date",
    TRADE_REFERENCES,
    params=SHOW,
)


def _availability(site: Site, params: Record) -> Iterable[Record]:
    """Patterns that overlap the dates: from today on by default; null is without limit."""
    select = params.get("select", {})
    owner = _owner(site, select)
    ends = [
        None if name in select and select[name] is None else a_date(select, name, default)
        for name, default in (("start_date", site.today()), ("end_date", None))
    ]
    first, last = (day.isoformat() if day else default for day, default in zip(ends, ("", "~"), strict=True))
    days = [name for name in WEEK if boolean(select.get(name, False), name)]
    match = any if boolean(select.get("any_selected_day", False), "any_selected_day") else all
    for row in site.rows("availability"):
        if (row.get("start_date") or "") > last or (row.get("end_date") or "~") < first:
            continue
        if "workgroup" in select and row.get("workgroup") != select["workgroup"]:
            continue
        if owner in (None, row["account"]) and (not days or match(row.get(name) for name in days)):
            yield row


def _owner(site: Site, select: Record) -> str | None:
    """The only account whose patterns the scope lets through: the API user's, unless accounts are named."""
    scope = select.get("scope")
    if scope not in (None, "by_account", "siteadmin", "managed_workgroups"):
        raise refuse(f"Invalid scope: {scope!r}")
    if scope == "siteadmin" and not site.siteadmin:
        raise RpcError(DENIED, "scope siteadmin is only allowed for site administrators")
    own = scope == "by_account" or (scope is None and not site.siteadmin)
    return site.user if own and "account" not in select else None


AVAILABILITY = Listing(
    "availability",
    "availability",
    {"account": any_id("account"), "external_account": any_id("external_account"), "busy": flag("busy")},
    _availability,
    f"start_date end_date workgroup any_selected_day scope {' '.join(WEEK)}",
    (accounts("account"),),
    count=lambda total: str(total + 3),
    params="referenced_objects",
)


TIMECARDS = _windowed("timecards", "start_date", 30)
TIMECLOCKS = _windowed("timeclocks", "clocked_in_local", 0)

WORK = {
    "availability.get": getting("availability", "availability", references=AVAILABILITY.references),
    "availability.list": AVAILABILITY.method(),
    "timeOffRequest.get": getting("time_off_requests", "timeOffRequest", references=TIME_OFF_REFERENCES),
    "timeOffRequest.list": TIME_OFF.method(),
    "timecard.get": getting("timecards", "timecard", references=TIMECARDS.references),
    "timecard.list": TIMECARDS.method(),
    "timeclock.get": getting("timeclocks", "timeclock", references=TIMECLOCKS.references),
    "timeclock.list": TIMECLOCKS.method(),
    "tradeboard.get": getting("tradeboard", "tradeboard", extended=False, references=TRADE_REFERENCES),
    "tradeboard.list": TRADES.method(),
}
