"""Rows about people: accounts, memberships, profiles, points, notes. Times are UTC unless
a field's description states another zone.
"""

from __future__ import annotations

from fieldhouse.sources.engine.spec.row import (
    Bool,
    Date,
    Decimal,
    ForeignKey,
    Id,
    Int,
    Row,
    Text,
    Timestamp,
    added,
    column,
)


class Account(Row):
    """Vendor's text, "account object". Attributes that a site does not use come as ``""``."""

    id: Id = column("the vendor's id, stored as text", example="2")
    external_id: Text = column(
        "the customer's own id, where the site uses them", personal=True, example="42648"
    )
    first_name: Text = column("given name", personal=True)
    last_name: Text = column("family name", personal=True)
    surname: Text = column("unused by the vendor", personal=True)
    middle_name: Text = column("unused by the vendor", personal=True)
    screen_name: Text = column("name as displayed", personal=True)
    title: Text = column("unused by the vendor", personal=True)
    address: Text = column("street address", personal=True)
    address_second: Text = column("second address line", personal=True)
    city: Text = column("city", personal=True)
    state: Text = column("full name of state, province or subdivision", personal=True, example="Washington")
    zip: Text = column("postal code", personal=True)
    region: Text = column("unused by the vendor")
    country: Text = column("country", personal=True, example="United States")
    email: Text = column("email address, or a dummy for signing in where bad_email is true", personal=True)
    bad_email: Bool = column("the address is a dummy, or mail to it comes back")
    home_phone: Text = column("home phone", personal=True)
    mobile_phone: Text = column("mobile phone", personal=True)
    other_phone: Text = column("work or other phone", personal=True)
    pager: Text = column("pager", personal=True)
    fax: Text = column("fax", personal=True)
    is_supervisor: Bool = column("supervises another member of the site")
    supervisor_id: ForeignKey = column(
        "id of the direct manager, by the documentation; not confirmed", references="direct_managers.id"
    )
    direct_manager: ForeignKey = column("who supervises the account", references="direct_managers.id")
    url: Text = column("web or blog address", personal=True)
    timezone: Text = column("zone label, empty for the organization's", references="timezones.name")
    iana_timezone: Text = column("IANA name of that zone", example="America/Los_Angeles")
    profile_type: ForeignKey = column("which profile the account has", references="profile_types.id")
    org_hold: Bool = column("on hold", personal=True)
    org_pending: Text = column(
        "onboarding code: 0 Current … 7 Awaiting Reregistration, 1001 to 1003 by the system", personal=True
    )
    account_points: Decimal = column("current points", unit="points", personal=True)
    notification_preference: Text = column("0 no notifications, 1 send them")
    get_reminders: Bool = column("gets reminder messages")
    get_confirmations: Bool = column("gets confirmation messages")
    digest_type: Text = column("0 at once, 1 daily, 2 weekly")
    sms_txt_number: Text = column("number for text messages", personal=True)
    carrier: Id = column("carrier of that number, where the site needs one")
    level: Int = column("level in the organization: 2 member, 3 coordinator, 4 manager", personal=True)
    user_type: Text = column("admin or user")
    overtime_exempt: Bool = column("exempt from overtime pay", personal=True)
    pay_rate: Decimal = column("pay rate", unit="currency of the site per hour", personal=True)
    flat_rate: Decimal = column("flat rate", unit="currency of the site", personal=True)
    start_date: Date = column("first day of work", personal=True)
    paycode: ForeignKey = column("paycode", references="paycodes.id", personal=True)
    pay_rate_overrides: Bool = column("pay_rate overrides the paycode's rate")
    seniority: Bool = column("has seniority", personal=True)
    seniority_rank: Int = column("1 is the highest rank", personal=True)
    seniority_date: Date = column("seniority date", personal=True)
    profile_updated: Timestamp = column(
        "last change of profile information; its zone is not stated and taken for UTC"
    )
    updated: Timestamp = column("last change of anything else; its zone is not stated and taken for UTC")


class Membership(Row):
    """Vendor's text, "membership object". The tier can be set and filtered, but is not returned."""

    id: Text = column("pseudo id, workgroup-member", example="1171-2")
    workgroup: Id = column("the workgroup", references="workgroups.id")
    member: Id = column("the account", references="accounts.id")
    external_account: Text = column("the account's external id", personal=True)
    level: Int = column("level in the workgroup: 2 member, 3 coordinator, 4 manager", personal=True)
    creation_date: Timestamp = column("when the membership was created", example="2018-01-02 02:24:00")
    profile_type_id: ForeignKey = column("the member's profile type", references="profile_types.id")


class MembershipTier(Row):
    tier: Id = column('"1" to "10"')
    label: Text = column("what the site calls it", example="Platinum")


class ProfilePage(Row):
    id: Id = column("the page's id")
    name: Text = column("title of the page")
    sort: Int = column("position")


class ProfileType(Row):
    id: Id = column("the vendor's id, stored as text", example="1")
    name: Text = column("name of the profile", example="Staff")
    pages: list[ProfilePage] = column("its pages")


class ProfileConfiguration(Row):
    """Vendor's text, "profileConfiguration object": which items a profile type has, and their labels."""

    id: Id = column("the vendor's id, stored as text")
    profile_option: Id = column("the profile item", example="130")
    profile_type: ForeignKey = column("the profile type that uses it", references="profile_types.id")
    page: Int = column("page of the profile; whether its id or its position is not stated")
    section: Int = column("section of the page")
    sort: Int = column("position in the section")
    label: Text = column("what people see", example="First Name of Reference")
    type: Text = column("kind of value", example="varchar100")
    read_authorization: Text = column("who may read it", example="Members and higher")
    write_authorization: Text = column("who may change it")
    constraint_list: Text = column("constraints, in a format of the type's own")
    form_name: Text = column("internal name, unique to the profile item")
    column: Int = column("column of the section")


class ProfileDatum(Row):
    """Vendor's text, "profileData object". Open-ended: relatives, birth dates, emergency contacts."""

    account: Id = column("whose", references="accounts.id")
    external_account: Text = column("the account's external id", personal=True)
    profile_option: Id = column("which item", references="profile_configuration.profile_option")
    value: Text = column(
        "the value; several values as a JSON array; (encrypted) stands for a secret", personal=True
    )
    profile_type: Id = added("the profile type it was read for", references="profile_types.id")


class PointShift(Row):
    """The shift as accountPoints shows it: in other encodings than the shift itself."""

    id: ForeignKey = column("the shift", references="shifts.id")
    workgroup: ForeignKey = column("its workgroup", references="workgroups.id")
    workgroup_label: Text = column("the workgroup's name")
    start_date: Timestamp = column("start")
    end_date: Timestamp = column("end")
    local_start_date: Text = column("start", zone="local_timezone")
    local_end_date: Text = column("end", zone="local_timezone")
    local_arrive_late_datetime: Text = column(
        "arrival of who came late", zone="local_timezone", personal=True
    )
    local_leave_early_datetime: Text = column(
        "departure of who left early", zone="local_timezone", personal=True
    )
    local_timezone: Text = column("zone label of the local times", references="timezones.name")
    display_date: Text = column("date for display")
    display_time: Text = column("time range for display")
    display_start_time: Text = column("start for display")
    display_end_time: Text = column("end for display")
    display_adj_start_time: Text = column("start for display, adjusted for late arrival", personal=True)
    display_adj_end_time: Text = column("end for display, adjusted for early leave", personal=True)


class AccountPoint(Row):
    """Vendor's text, "accountPoints object". An update replaces the record under a new id; active ones show."""

    id: Id = column("the vendor's id, new after every update")
    account: Id = column("whose", references="accounts.id")
    account_points: Decimal = column("-100.000 to 100.000", unit="points", personal=True)
    created_by: ForeignKey = column("who gave them", references="accounts.id")
    created_by_name: Text = column("screen name of who gave them", personal=True)
    created_date: Timestamp = column("when they were given")
    date: Date = column("the day that they are for", zone="site")
    expiration_date: Date = column("the day on which they expire", zone="site")
    display_date: Text = column("date for display")
    display_expiration_date: Text = column("expiration_date for display")
    reason: Text = column("free text, or the label of reason_id", personal=True)
    reason_id: ForeignKey = column("reason of an attendance action; no method lists them", personal=True)
    type: Text = column("ad_hoc, absent, arrive_late or leave_early", personal=True)
    shift: PointShift = column("the shift that they are for")


class AccountOpenid(Row):
    id: Id = column("the vendor's id, stored as text")
    account: Id = column("whose", references="accounts.id")
    external_account: Text = column("the account's external id", personal=True)
    openid: Text = column("address that signs the account in", personal=True)


class ManagerNote(Row):
    """Vendor's text, "managerNote object". Custom fields and last_updated come from managerNote.get alone."""

    id: Id = column("the vendor's id, stored as text")
    account: ForeignKey = column("whom it is about", references="accounts.id")
    workgroup: ForeignKey = column("workgroup", references="workgroups.id")
    shift: ForeignKey = column("shift that it is about", references="shifts.id")
    note_type: ForeignKey = column("type of the note", references="manager_note_types.id")
    notes: Text = column("the note", personal=True)
    score: Int = column("score given", personal=True)
    admin_only: Bool = column("site administrators alone may read it")
    activity_date: Text = column("day of the activity; its format and zone are not stated", personal=True)
    created_by: ForeignKey = column("author", references="accounts.id")
    creation_date: Timestamp = column("when it was written", example="2019-01-01 18:27:36")
    updated_by: ForeignKey = column("who changed it last", references="accounts.id")
    last_updated: Timestamp = column("last change")
    custom_boolean_1: Bool = column(
        "the site's own field; others follow the same pattern; labels are in manager_note_custom_fields",
        personal=True,
    )
    custom_dropdown_1: Text = column("label chosen in the site's own dropdown", personal=True)
    custom_textarea_1: Text = column("the site's own text field", personal=True)
    org_id: Id = column("the organization")


class Choice(Row):
    value: Text = column("a choice of the dropdown", example="first option")


class ManagerNoteCustomField(Row):
    """Vendor's text, "managerNote.customFields": what the columns ``custom_...`` of manager notes are called."""

    name: Id = column("the column of manager_notes", example="custom_dropdown_3")
    label: Text = column("what the site calls it", example="ImaDropdown")
    type: Text = column("boolean, dropdown or textarea", example="dropdown")
    values: list[Choice] = column("choices of a dropdown")


class DirectManager(Row):
    id: Id = column("not the account's id")
    name: Text = column("name", personal=True)
    account: ForeignKey = column("the manager's account", references="accounts.id")
    external_account: Text = column("the account's external id", personal=True)
