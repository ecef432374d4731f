"""What the made-up people do: shifts, signups, time cards and clock entries."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from fieldhouse.sources.sandbox.sandbox import Record, iso
from fieldhouse.sources.sandbox.shiftboard.store import Site
from fieldhouse.sources.sandbox.shiftboard.timezones import ORGANIZATION_ZONE, changes, local, zone

PAST_DAYS, FUTURE_DAYS = 548, 60


def seed_work(site: Site, size: float) -> None:
    """Fill in 18 months of past work and two months of planned work."""
    for _ in range(round(900 * size)):
        shift = site.put("shifts", new_shift(site, a_day(site)))
        if shift.get("signup_list"):
            for member in site.random.sample(people(site), site.random.randint(0, 4)):
                site.put("shift_signups", new_signup(site, shift["id"], member))
    _clock_change_shifts(site)
    done = past_covered(site)
    for maker, table, count in (
        (new_timecard, "timecards", 600),
        (new_timeclock, "timeclocks", 350),
    ):
        members = people(site)
        for _ in range(max(3, round(count * size))):
            site.put(table, maker(site, site.random.choice(members), site.random.choice(done)))
    for hours in (1, 2, 5, 70) if site.edge_cases else (1, 2, 5):
        since = site.clock.now() - timedelta(hours=hours)
        entry = new_timeclock(site, site.random.choice(people(site)), site.random.choice(done), since)
        site.put("timeclocks", {**entry, "clocked_out": None, "clocked_out_local": None})


def people(site: Site) -> list[Record]:
    """Accounts that are not on hold."""

    def make() -> list[Record]:
        return [row for row in site.rows("accounts") if not row.get("org_hold")]

    drawn: list[Record] = site.memo("people", make, "accounts")
    return drawn


def past_covered(site: Site) -> list[Record]:
    today = site.today().isoformat()
    return [row for row in site.rows("shifts") if row.get("covered") and row["start_date"] < today]


def a_day(site: Site) -> date:
    return site.today() + timedelta(days=site.random.randint(-PAST_DAYS, FUTURE_DAYS))


def sample(site: Site, table: str, share: float) -> list[str]:
    """With that probability the id of one row of a table, else nothing."""
    if site.random.random() >= share:
        return []
    ids: list[str] = site.memo("ids", lambda: [row["id"] for row in site.rows(table)], table)
    return [site.random.choice(ids)] if ids else []


def maybe(site: Site, field: str, table: str, share: float) -> Record:
    """With that probability a field that names one row of a table, else no field."""
    return {field: drawn[0]} if (drawn := sample(site, table, share)) else {}


def new_shift(site: Site, day: date) -> Record:
    """A shift on a day, in its team's zone; local times carry no offset."""
    rng = site.random
    group = rng.choice(list(site.rows("workgroups")))
    row: Record = {"id": site.new_id("shifts"), "workgroup": group["id"], "timezone": group["timezone"]}
    row |= timing(site, day)
    row |= {"subject": rng.choice(["", "Opening", "Évening run", "Stock take"]), "urgent": rng.random() < 0.1}
    for field, table in (("location", "locations"), ("role", "roles"), ("client", "clients")):
        row |= maybe(site, field, table, 0.4)
    row |= maybe(site, "work_status_type", "work_status_types", 0.2)
    row |= {"resource": sample(site, "resources", 0.15)}
    row |= {"published": rng.random() < 0.92, "details": rng.choice(["", "", "Bring a coat"])}
    if rng.random() < 0.3:
        row["breaks"] = breaks(site)
    if rng.random() < 0.15:
        row["custom_multipick"] = picks(site, "custom_multipick")
        row["custom_dropdown_1"] = picks(site, "custom_listable_1")[0]
    start = datetime.fromisoformat(row["start_date"]).replace(tzinfo=site.clock.now().tzinfo)
    created = min(start - timedelta(days=20), site.clock.now() - timedelta(days=3)) - timedelta(
        days=rng.randint(0, 60)
    )
    row |= {"created": iso(created, "seconds"), "updated": iso(created + timedelta(hours=7), "seconds")}
    return {**row, **staffing(site, iso(created + timedelta(hours=30), "seconds"))}


def timing(site: Site, day: date) -> Record:
    """Start, end and kind (``use_time``) of a shift: 3 start/end, 5 all day, 4 open, 1 block, 2 duration."""
    rng = site.random
    kind = rng.choice("333333333333333345412")
    if kind == "5":
        return {"use_time": kind, "start_date": day.isoformat()}
    start = datetime(day.year, day.month, day.day, rng.randint(0, 23), rng.choice((0, 15, 30)))
    end = {"end_date": (start + timedelta(hours=8)).isoformat()}
    row: Record = {"use_time": kind, "start_date": start.isoformat()}
    if kind == "1":
        row["time_block"] = sample(site, "coverage_blocks", 1)[0]
    if kind == "2":
        row |= {"dur_hrs": "8", "dur_mins": "0"}
    return row if kind == "4" else row | end


def staffing(site: Site, when: str | None) -> Record:
    """Who covers a shift, if anyone, or whether people may sign up for it."""
    chance = site.random.random()
    if chance < 0.6:
        member = site.random.choice(people(site))
        link = {"covering_member": member["id"], "external_covering_member": member["external_id"]}
        return {"covered": True, **link, "status_updated": when}
    return {"covered": False, "signup_list": chance > 0.92}


def breaks(site: Site) -> list[Record]:
    return [
        {
            "name": name,
            "start_time": f"{hour:02}:30:00",
            "display_time": f"{hour}:30",
            "duration_minutes": minutes,
            "paid": minutes == 15,
        }
        for name, hour, minutes in (("Lunch", 12, 30), ("Tea", 15, 15))[: site.random.randint(1, 2)]
    ]


def picks(site: Site, name: str) -> list[str]:
    options = [row["id"] for row in site.by("shift_custom_options", "list").get(name, [])]
    return site.random.sample(options, min(len(options), site.random.randint(1, 2))) or ["0"]


def _clock_change_shifts(site: Site) -> None:
    """Shifts that begin in the hour that is missing, or doubled, where clocks are changed."""
    for group in list(site.rows("workgroups")):
        first, last = (site.today() + timedelta(days=days) for days in (-PAST_DAYS, FUTURE_DAYS))
        for day, forward in changes(group["timezone"], first, last):
            shift = new_shift(site, day) | {
                "use_time": "3",
                "workgroup": group["id"],
                "timezone": group["timezone"],
            }
            american = "US/Can" in group["timezone"]
            hour = (2 if american else 1) if forward else 1
            if "Berlin" in group["timezone"]:
                hour = 2
            shift |= {"start_date": f"{day}T{hour:02}:30:00", "end_date": f"{day}T09:30:00"}
            site.put("shifts", shift)


def new_signup(site: Site, shift: str, member: Record) -> Record:
    message = site.random.choice(["", "I can come", "Only until 5pm"])
    row = {"shift": shift, "member": member["id"], "message": message}
    return {**row, "processed": site.random.random() < 0.4}


def new_timecard(site: Site, member: Record, shift: Record) -> Record:
    rng = site.random
    tied = rng.random() < 0.85
    if not site.edge_cases:
        member, shift = _next_worked(site, "timecards", member, shift)
    row: Record = {"id": site.new_id("timecards"), "workgroup": shift["workgroup"], "account": member["id"]}
    row |= {"external_account": member["external_id"], "shift": shift["id"] if tied else None}
    row |= {
        "approved": rng.random() < 0.7,
        "processed": rng.random() < 0.5,
        "start_date": shift["start_date"][:10],
    }
    row |= {"start_time": rng.choice(["09:00:00", "23:55:00", None])}
    row |= {
        "duration": rng.choice(
            ["8:00:00", "1:05:00", "7:45:30", "120:00:00" if site.edge_cases else "8:00:00"]
        )
    }
    row |= maybe(site, "work_status_type", "work_status_types", 0.5) | maybe(site, "role", "roles", 0.3)
    return {**row, "mileage": rng.choice([None, "12.5"]), "notes": rng.choice(["", "Stayed longer"])}


def _next_worked(site: Site, table: str, member: Record, shift: Record) -> tuple[Record, Record]:
    """Who covered the next past shift, and that shift; what was drawn where all have a row in ``table``."""
    done, place = past_covered(site), len(site.tables[table])
    if place >= len(done):
        return member, shift
    return site.get("accounts", done[place]["covering_member"]) or member, done[place]


def new_timeclock(site: Site, member: Record, shift: Record, clocked_in: datetime | None = None) -> Record:
    """A clock entry; the plain times are UTC, the ``_local`` ones in the organization's zone."""
    rng = site.random
    start = clocked_in or site.clock.now() - timedelta(minutes=rng.randint(60 * 12, 60 * 24 * PAST_DAYS))
    length = rng.randint(30, 600)
    if not site.edge_cases and clocked_in is None:
        member, shift = _next_worked(site, "timeclocks", member, shift)
        if len(shift["start_date"]) > 10:
            planned = datetime.fromisoformat(shift["start_date"]).replace(tzinfo=zone(shift["timezone"]))
            start, length = planned.astimezone(UTC) + timedelta(minutes=length % 21 - 10), 450 + length // 10
    end = start + timedelta(minutes=length)
    row: Record = {"id": site.new_id("timeclocks"), "workgroup": shift["workgroup"], "account": member["id"]}
    named = rng.choice([None, shift["id"]])
    is_near = site.edge_cases or abs((start.date() - date.fromisoformat(shift["start_date"][:10])).days) < 2
    row |= {"external_account": member["external_id"], "shift": named if is_near else None}
    row |= {
        "clocked_in": iso(start, "seconds"),
        "clocked_out": iso(end, "seconds"),
        "timezone": ORGANIZATION_ZONE,
    }
    row |= {"clocked_in_local": local(start, ORGANIZATION_ZONE).isoformat(timespec="seconds")}
    row |= {"clocked_out_local": local(end, ORGANIZATION_ZONE).isoformat(timespec="seconds")}
    row |= {"clockin_ipaddr": "203.0.113.7", "clockin_notes": rng.choice([None, "Gate was shut"])}
    if rng.random() < 0.4:
        place: Record = {"latitude": 47.602, "longitude": -122.334, "accuracy": 12.5}
        row["clockin_location"] = {**place, "time": iso(start, "seconds")}
    return row
