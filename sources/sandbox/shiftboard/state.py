"""Edits as users of Shiftboard make them: records appear, change, vanish and come back.

Accounts and shifts get their stamps from the clock; a delete leaves no trace; what hangs on a deleted record
goes with it. Points and availability have no update at the vendor: a change replaces them under a new id.
"""

from __future__ import annotations

from typing import Any

from fieldhouse.sources.sandbox.sandbox import Record
from fieldhouse.sources.sandbox.shiftboard.seed.records import total_points

from .objects import words
from .random_changes import CHANGES
from .random_rows import MAKERS, editable
from .store import Site, key_of

PROFILE_FIELDS = frozenset(
    words("address address_second city state zip country home_phone mobile_phone other_phone pager fax url")
)
STATUS_FIELDS = frozenset(["covered", "covering_member", "external_covering_member", "published"])
SOFT = frozenset({"workgroups", "team_category_items"})
REPLACED = frozenset({"account_points", "availability"})
CASCADES: dict[str, tuple[tuple[str, str], ...]] = {
    "accounts": (
        *(
            (name, "account")
            for name in ("profile_data", "account_points", "account_openids", "availability")
        ),
        ("memberships", "member"),
        ("shift_signups", "member"),
    ),
    "shifts": (("shift_signups", "shift"), ("tradeboard", "shift")),
    "profile_types": (("profile_configuration", "profile_type"),),
    "coverage_blocks": (("workgroup_coverage_blocks", "time_block"),),
    **{
        f"{name}s": ((f"workgroup_{name}s", name),)
        for name in ["client", "department", "location", "resource", "role"]
    },
}


def stamps(site: Site, table: str, fields: set[str]) -> Record:
    """Which of the two streams an edit of these fields shows up in; empty for tables without stamps."""
    streams = {"accounts": (PROFILE_FIELDS, "profile_updated"), "shifts": (STATUS_FIELDS, "status_updated")}
    if table not in streams:
        return {"last_updated": f"{site.clock.now():%Y-%m-%d %H:%M:%S}"} if table == "manager_notes" else {}
    special, name = streams[table]
    changed = {name: site.now()} if fields & special else {}
    return changed | ({"updated": site.now()} if fields - special or not fields else {})


def _aftermath(site: Site, table: str, row: Record) -> None:
    """What an edit of a row does to the account it belongs to."""
    if table == "account_points":
        total_points(site, {str(row["account"])}, updated=site.now())
    account = site.get("accounts", row["account"]) if table == "profile_data" else None
    if account:
        site.put("accounts", {**account, "profile_updated": site.now()})


def create(site: Site, table: str, fields: Record) -> Record:
    """A new record with made-up attributes, except those that are given."""
    row = {**MAKERS[table](site), **fields}
    if table == "accounts":
        row = {**row, "updated": site.now(), "profile_updated": site.now(), **fields}
    if table == "shifts":
        touched = site.now() if row.get("covered") else None
        row = {**row, "created": site.now(), "updated": site.now(), "status_updated": touched, **fields}
    site.put(table, row)
    _aftermath(site, table, row)
    return row


def change(site: Site, table: str, key: str, fields: Record) -> Record:
    """Change a record; KeyError where there is none. A field set to None is printed as null."""
    before = site.tables[table][key]
    after = {**before, **stamps(site, table, set(fields)), **fields}
    if table in REPLACED:
        after["id"] = type(before["id"])(site.new_id(table))
    site.drop(table, key)
    site.put(table, after)
    _aftermath(site, table, after)
    return after


def delete(site: Site, table: str, key: str) -> None:
    """Take a record away with what hangs on it; workgroups and category items are only marked."""
    row = site.tables[table][key]
    if table == "accounts" and key == site.user:
        raise ValueError("The API user's account cannot be deleted")
    if table in SOFT:
        site.put(table, {**row, "_deleted": True})
        return
    dropped = [(table, site.drop(table, key))]
    for child, field in CASCADES.get(table, ()):
        for hanging in site.by(child, field).get(key, []):
            dropped.append((child, site.drop(child, key_of(child, hanging))))
    site.gone[table, key] = dropped
    _aftermath(site, table, row)


def restore(site: Site, table: str, key: str) -> Record:
    """Bring a deleted record back with what hung on it; KeyError where it was not deleted."""
    if table in SOFT:
        return site.put(table, {**site.tables[table][key], "_deleted": False})
    rows = site.gone.pop((table, key))
    for name, row in rows:
        back = {"profile_updated": site.now()} if name == "accounts" else {}
        site.put(name, {**row, **stamps(site, name, set()), **back})
    _aftermath(site, *rows[0])
    return site.tables[table][key]


def random_key(site: Site, table: str) -> str:
    """The key of any record that is not deleted and not the API user; IndexError where there is none."""
    keys = [key for key, row in site.tables[table].items() if not row.get("_deleted") and key != site.user]
    return site.random.choice(keys)


def random_change(site: Site, table: str, key: str) -> Record:
    """Fields for a made-up change of that record."""
    row = site.tables[table][key]
    fields: Record = site.random.choice(CHANGES[table])(site, row)
    return fields


def edit(site: Site) -> str:
    """One random edit of one random table; a line that says what was done."""
    table = site.random.choice(editable(site))
    action = site.random.choices(("change", "create", "delete", "restore"), (50, 25, 18, 7))[0]
    live = sum(not row.get("_deleted") for row in site.rows(table))
    if action == "restore":
        return _restore_one(site)
    if action == "delete" and live > 2 and table not in ("timezones", "profile_types"):
        key = random_key(site, table)
        delete(site, table, key)
        return f"{table} {key} deleted"
    if (action == "create" and table != "timezones") or table not in CHANGES:
        row = create(site, table, {})
        return f"{table} {key_of(table, row)} created"
    key = random_key(site, table)
    fields = random_change(site, table, key)
    row = change(site, table, key, fields)
    return f"{table} {key_of(table, row)} changed: {', '.join(fields)}"


def _restore_one(site: Site) -> str:
    deleted: list[tuple[str, Any]] = [
        (table, key)
        for table in sorted(SOFT)
        for key, row in site.tables[table].items()
        if row.get("_deleted")
    ]
    table, key = site.random.choice(deleted + list(site.gone) or [("", "")])
    if not table or (table not in SOFT and key in site.tables[table]):
        return "nothing to restore"
    restore(site, table, key)
    return f"{table} {key} restored"
