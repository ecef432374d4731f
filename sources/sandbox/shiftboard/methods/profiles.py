"""Profiles, manager notes and attestation types (vendor text, lines 1448-1541, 2519-2843 and 3717-3950)."""

from __future__ import annotations

from collections.abc import Iterable

from fieldhouse.sources.sandbox.sandbox import Record
from fieldhouse.sources.sandbox.shiftboard.criteria import any_id, boolean, both_dates, flag, id_of, refuse
from fieldhouse.sources.sandbox.shiftboard.listing import (
    WORKGROUP,
    Listing,
    Method,
    Reference,
    accounts,
    referenced,
    requested_row,
)
from fieldhouse.sources.sandbox.shiftboard.store import DETAIL, EXTENDED, Site

from .people import members_of


def _profile_data(site: Site, params: Record) -> Iterable[Record]:
    """Data of one profile type: by default that of the first account; people of others are left out."""
    select = params.get("select", {})
    people = list(site.rows("accounts"))
    named = "account" if "account" in select else "external_account"
    if named in select:
        field = "id" if named == "account" else "external_id"
        ids = [
            id_of(value) for value in (select[named] if isinstance(select[named], list) else [select[named]])
        ]
        by_id = site.by("accounts", field)
        people = [row for identity in ids for row in by_id.get(identity, [])]
    elif "profile_type" not in select:
        raise refuse("select.account or select.profile_type is required")
    kind = (
        id_of(select["profile_type"])
        if "profile_type" in select
        else people[0]["profile_type"]
        if people
        else ""
    )
    inside = members_of(site, id_of(select["workgroup"])) if "workgroup" in select else None
    data = site.by("profile_data", "account")
    for row in people:
        if row["profile_type"] == kind and (inside is None or row["id"] in inside):
            yield from data.get(row["id"], [])


PROFILE_DATA = Listing(
    "profile_data",
    "profile_data",
    {"profile_option": any_id("profile_option")},
    _profile_data,
    "account external_account profile_type workgroup",
    count=int,
)
PROFILE_TYPES = Listing("profile_types", "profile_types", {"profile_type": any_id("id")})
PROFILE_CONFIGURATION = Listing(
    "profile_configuration",
    "profile_configuration",
    {name: any_id(name) for name in ("profile_type", "profile_option", "page", "form_name")},
    count=None,
    paged=False,
)
NOTE_REFERENCES = (
    accounts("account", "created_by", "updated_by"),
    Reference("note_type", "manager_note_types", ("note_type",)),
    WORKGROUP,
)


def _notes(site: Site, params: Record) -> Iterable[Record]:
    select = params.get("select", {})
    rows = both_dates(site.rows("manager_notes"), select, "start_date", "end_date", "creation_date")
    rows = both_dates(rows, select, "activity_start_date", "activity_end_date", "activity_date")
    if boolean(select.get("no_activity", False), "no_activity"):
        rows = [row for row in rows if not row.get("activity_date")]
    return rows


NOTES = Listing(
    "manager_notes",
    "manager_notes",
    {name: any_id(name) for name in ("workgroup", "account", "shift", "note_type")}
    | {"admin_only": flag("admin_only")},
    _notes,
    "start_date end_date activity_start_date activity_end_date no_activity",
    references=NOTE_REFERENCES,
    params="user_actions",
    shown=lambda site, row, level: site.show("manager_notes", row, EXTENDED),
)


def note_get(site: Site, params: Record) -> Record:
    row = requested_row(site, "manager_notes", params)
    shown = site.show("manager_notes", row, DETAIL)
    if params.get("user_actions"):
        shown["user_actions"] = {"delete": True, "edit": True}
    return {"manager_note": shown, **referenced(site, NOTE_REFERENCES, [row])}


def note_fields(site: Site, params: Record) -> Record:
    """The site's own fields of manager notes; only dropdowns have values (lines 2554-2581)."""
    rows = site.rows("manager_note_custom_fields")
    return {"custom_fields": [site.show("manager_note_custom_fields", row) for row in rows]}


def attestation_types(site: Site, params: Record) -> Record:
    """All types of the organization, though one workgroup has to be named (lines 1494-1541)."""
    requested_row(site, "workgroups", params.get("select", {}), "workgroup")
    return {
        "attestationTypes": [site.show("attestation_types", row) for row in site.rows("attestation_types")]
    }


PROFILES = {
    "attestationType.list": Method(attestation_types, select=frozenset({"workgroup"})),
    "managerNote.customFields": Method(note_fields),
    "managerNote.get": Method(note_get, frozenset({"id", "user_actions"})),
    "managerNote.list": NOTES.method(),
    "managerNoteType.list": Listing(
        "manager_note_type", "manager_note_types", count=None, paged=False, selects=False
    ).method(),
    "profileConfiguration.list": PROFILE_CONFIGURATION.method(),
    "profileData.list": PROFILE_DATA.method(),
    "profileType.list": PROFILE_TYPES.method(),
}
