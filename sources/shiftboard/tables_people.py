"""Accounts, their profiles, points and notes."""

from __future__ import annotations

from fieldhouse.sources.engine.spec import ByKey, Confirm, Detail, Part, Table

from . import reshape
from . import rows_lists as lists
from . import rows_people as people
from .request_params import ALL_AT_ONCE, PERHAPS_IN_PAGES, TOGETHER, feed, one, plain, selected

_BY_ID = ByKey(params=lambda keys: {"select": {"account": keys}}, keys_per_request=TOGETHER)

_PENDING = {
    "org_pending": {"select": {"org_pending": ["1", "2", "3", "4", "5", "6", "7", "1001", "1002", "1003"]}}
}
"""Every status but "0", Current: the text leaves open whether the list shows such accounts without being asked."""

PEOPLE = (
    Table(
        name="accounts",
        path="account.list",
        row=people.Account,
        records="accounts",
        params={"extended": True},
        parts=(
            Part({"select": {"org_hold": False}}),
            Part({"select": {"org_hold": True}}),
            Part({"select": {"org_hold": False}}, optional=_PENDING),
            Part({"select": {"org_hold": True}}, optional=_PENDING),
        ),
        confirm=Confirm(path="account.get", params=lambda row: {"id": row["id"], "extended": True}),
        incremental=feed("account.listUpdated", "profile_update"),
        by_key=_BY_ID,
        missing_lists={
            "updated": _BY_ID
        },  # extended: the text leaves open whether the feed gives extended records
        reshape=reshape.without("image_url", "qrcode"),
        grain="one row per account, on hold or not",
    ),
    plain(
        "direct_managers",
        "directManager.list",
        people.DirectManager,
        "direct_managers",
        "one row per direct manager",
    ),
    plain(
        "profile_types", "profileType.list", people.ProfileType, "profile_types", "one row per profile type"
    ),
    Table(
        name="profile_configuration",
        path="profileConfiguration.list",
        row=people.ProfileConfiguration,
        records="profile_configuration",
        pager=PERHAPS_IN_PAGES,
        per_parent=selected("profile_type", "profile_types"),
        grain="one row per item of a profile type",
    ),
    Table(
        name="profile_data",
        path="profileData.list",
        row=people.ProfileDatum,
        records="profile_data",
        key=("account", "profile_option"),
        per_parent=selected("profile_type", "profile_types", stamp="_profile_type"),
        reshape=reshape.profile_value,
        deletes="replace-per-parent",
        grain="one row per account and profile item that has a value",
    ),
    Table(
        name="account_points",
        path="accountPoints.list",
        row=people.AccountPoint,
        records="account_points",
        pager=PERHAPS_IN_PAGES,
        per_parent=one("account", "accounts", stamp="account"),
        reshape=reshape.without("user_actions"),
        deletes="replace-per-parent",
        grain="one row per active record of points of an account",
    ),
    Table(
        name="account_openids",
        path="account.listOpenids",
        row=people.AccountOpenid,
        records="account_openids",
        pager=PERHAPS_IN_PAGES,
        per_parent=one("account", "accounts", stamp="account"),
        deletes="replace-per-parent",
        grain="one row per OpenID that signs an account in",
    ),
    Table(
        name="manager_notes",
        path="managerNote.list",
        row=people.ManagerNote,
        records="manager_notes",
        detail=Detail(
            path="managerNote.get",
            params=lambda record: {"id": record["id"]},
            every="sync",
            batch_size=TOGETHER,
        ),
        reshape=reshape.without("user_actions"),
        grain="one row per note of a manager about an account",
    ),
    plain(
        "manager_note_types",
        "managerNoteType.list",
        lists.Named,
        "manager_note_type",
        "one row per type of note",
        PERHAPS_IN_PAGES,
    ),
    Table(
        name="manager_note_custom_fields",
        path="managerNote.customFields",
        row=people.ManagerNoteCustomField,
        key=("name",),
        records="custom_fields",
        pager=ALL_AT_ONCE,
        grain="one row per field of the site's own in manager notes",
    ),
)
