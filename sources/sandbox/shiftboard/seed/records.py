"""What the made-up people ask for and get: time off, trades, availability, notes, points and open ids."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fieldhouse.sources.sandbox.sandbox import Record
from fieldhouse.sources.sandbox.shiftboard.objects import WEEK
from fieldhouse.sources.sandbox.shiftboard.store import Site
from fieldhouse.sources.sandbox.shiftboard.timezones import ORGANIZATION_ZONE

from .work import a_day, maybe, past_covered, people


def seed_records(site: Site, size: float) -> None:
    """Fill in what hangs on people and their shifts, which have to be there."""
    members, done = people(site), past_covered(site)
    for maker, table, count in (
        (new_time_off, "time_off_requests", 90),
        (new_trade, "tradeboard", 45),
        (new_availability, "availability", 120),
        (new_note, "manager_notes", 60),
        (new_points, "account_points", 90),
        (new_openid, "account_openids", 30),
    ):
        for _ in range(max(3, round(count * size))):
            site.put(table, maker(site, site.random.choice(members), site.random.choice(done)))
    total_points(site, {str(row["account"]) for row in site.rows("account_points")})


def new_time_off(site: Site, member: Record, shift: Record) -> Record:
    rng = site.random
    day = a_day(site)
    kind = rng.choice("33345")
    row: Record = {"id": site.new_id("time_off_requests"), "use_time": kind, "timezone": ORGANIZATION_ZONE}
    row |= {"start_date": day.isoformat() if kind == "5" else f"{day}T08:00:00"}
    if kind == "3":
        row["end_date"] = f"{day + timedelta(days=rng.randint(0, 12))}T17:00:00"
    row |= {"member": member["id"], "external_member": member["external_id"], "summary": "Away"}
    row |= {"workgroup": rng.choice([None, shift["workgroup"]]), "category": rng.choice([None, "31"])}
    row |= {"status": rng.choice(["0", "2", "2", "3"]), "paid": rng.random() < 0.5}
    if row["status"] != "0":
        row |= {
            "last_status_update": f"{day}T07:00:00Z",
            "status_update_by": site.user,
            "status_reason": "Seen",
        }
    return row


def new_trade(site: Site, member: Record, shift: Record) -> Record:
    covered = (
        [row for row in site.rows("shifts") if row.get("covered")] if site.random.random() < 0.1 else [shift]
    )
    chosen = site.random.choice(covered)
    done = site.random.random() < 0.5
    row: Record = {
        "id": site.new_id("tradeboard"),
        "shift": chosen["id"],
        "traded_by": chosen["covering_member"],
    }
    row |= {"traded_to": member["id"] if done else None, "trade_complete": done, "status": 4 if done else 2}
    return {
        **row,
        "notes": "Dentist",
        "trade_completed": f"{chosen['start_date'][:10]}T20:40:38Z" if done else None,
    }


def new_availability(site: Site, member: Record, shift: Record) -> Record:
    rng = site.random
    day = a_day(site)
    row: Record = {"id": site.new_id("availability"), "account": member["id"], "busy": rng.random() < 0.5}
    row |= {"external_account": member["external_id"], "workgroup": rng.choice([None, shift["workgroup"]])}
    row |= {"start_date": rng.choice([None, day.isoformat()])}
    row |= {"end_date": rng.choice([None, (day + timedelta(days=40)).isoformat()])}
    if rng.random() < 0.7:
        row |= {"start_time": "11:00:00", "end_time": "16:30:00"}
    return row | {name: rng.random() < 0.4 for name in WEEK}


def new_note(site: Site, member: Record, shift: Record) -> Record:
    rng = site.random
    created = f"{site.clock.now() - timedelta(minutes=rng.randint(1, 60 * 24 * 400)):%Y-%m-%d %H:%M:%S}"
    row: Record = {"id": site.new_id("manager_notes"), "account": member["id"], "created_by": site.user}
    row |= {
        "workgroup": shift["workgroup"],
        "shift": rng.choice([None, shift["id"]]),
        "creation_date": created,
    }
    row |= maybe(site, "note_type", "manager_note_types", 0.7)
    row |= {"notes": "Did well", "score": str(rng.randint(1, 11)), "admin_only": rng.random() < 0.2}
    row |= {
        "activity_date": rng.choice([None, created[:10]]),
        "custom_dropdown_1": rng.choice([None, "first option"]),
    }
    return {**row, "custom_boolean_1": rng.random() < 0.5, "last_updated": created}


def new_points(site: Site, member: Record, shift: Record) -> Record:
    rng = site.random
    day = site.today() - timedelta(days=rng.randint(1, 300))
    row: Record = {"id": int(site.new_id("account_points")), "account": member["id"], "date": day.isoformat()}
    row |= {
        "account_points": rng.randint(-20000, 20000) / 1000,
        "created_by": int(site.user),
        "reason": "Ad hoc",
    }
    row |= {"created_by_name": "API User", "created_date": f"{day}T20:59:19Z", "type": "ad_hoc"}
    row |= {"display_date": f"{day:%A, %B %d, %Y}", "expiration_date": f"{day.year + 1}-{day:%m}-28"}
    row |= {"display_expiration_date": f"{day:%B} 28, {day.year + 1}"}
    if rng.random() < 0.3:
        row |= {"type": "absent", "reason": "Emergency", "reason_id": 36425, "shift": point_shift(shift)}
    return row


def point_shift(shift: Record) -> Record:
    """The shift as accountPoints prints it: integer ids, UTC times and local ones beside them."""
    day = shift["start_date"][:10]
    row: Record = {"id": int(shift["id"]), "workgroup": int(shift["workgroup"]), "workgroup_label": "Team"}
    row |= {
        "start_date": f"{day}T13:00:00Z",
        "end_date": f"{day}T20:00:00Z",
        "local_arrive_late_datetime": None,
    }
    row |= {"local_start_date": f"{day}T06:00:00", "local_end_date": f"{day}T13:00:00"}
    return {**row, "local_timezone": shift["timezone"], "display_date": day, "display_time": "6am - 1pm"}


def new_openid(site: Site, member: Record, shift: Record) -> Record:
    identity = site.new_id("account_openids")
    return {"id": identity, "openid": f"https://id.example.com/{identity}", "account": member["id"]}


def total_points(site: Site, accounts: set[str], **stamps: Any) -> None:
    """Set the points attribute of accounts to the sum of their active records."""
    for identity in accounts:
        account = site.get("accounts", identity)
        if account:
            rows = site.by("account_points", "account").get(identity, [])
            total = round(sum(row["account_points"] for row in rows), 3)
            site.put("accounts", {**account, "account_points": total, **stamps})
