"""Rows about shifts. Local times carry no offset: they are kept as sent, their instants stand beside them."""

from __future__ import annotations

from fieldhouse.sources.engine.spec.row import (
    Bool,
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


class Break(Row):
    name: Text = column("name of the break", example="Lunch")
    start_time: Text = column("start", zone="the shift's timezone", example="15:30:00")
    display_time: Text = column("start for display")
    duration_minutes: Int = column("length", unit="minutes")
    paid: Bool = column("counts as paid time")


class Shift(Row):
    """Vendor's text, "shift object". A covered row is an assignment: there is no other object for one.

    Ids are no lifetime key: a shift may be split, merged or replaced when it is confirmed or its count
    changes.
    """

    id: Id = column("the vendor's id, stored as text", example="2753600")
    count: Int = column("positions in this row")
    qty: Int = column("positions in this and the associated rows")
    start_date: Text = column(
        "start; a date alone for an all-day shift", zone="timezone", example="2009-04-01T13:00:00"
    )
    end_date: Text = column("end; none for all-day and open-ended shifts", zone="timezone")
    timezone: Text = column(
        "zone label", references="timezones.name", example="Pacific Time (US/Can) (GMT-08:00)"
    )
    workgroup: ForeignKey = column("workgroup", references="workgroups.id")
    subject: Text = column("subject, 100 characters at most")
    location: ForeignKey = column("location", references="locations.id")
    role: ForeignKey = column("role", references="roles.id")
    client: ForeignKey = column("client", references="clients.id")
    department: ForeignKey = column("department", references="departments.id")
    covered: Bool = column("true if a person covers the shift")
    published: Bool = column("members can see it")
    urgent: Bool = column("critical to have covered")
    covering_member: ForeignKey = column("who covers it", references="accounts.id")
    external_covering_member: Text = column("external id of who covers it", personal=True)
    use_time: Int = column(
        "1 block, 2 start and duration, 3 start and end, 4 open-ended, 5 any time; deprecated"
    )
    dur_hrs: Int = column("duration with use_time 2", unit="hours")
    dur_mins: Int = column("duration with use_time 2, beside the hours", unit="minutes")
    time_block: ForeignKey = column("coverage block with use_time 1", references="coverage_blocks.id")
    details: Text = column("more about the shift")
    no_pick_up: Bool = column("members may not pick it up")
    signup_list: Bool = column("members sign up for it; see shift_signups")
    no_trade: Bool = column("may not be traded")
    reference_id: Text = column("the customer's own reference")
    work_status_type: ForeignKey = column("work status type", references="work_status_types.id")
    linktitle: Text = column("title of the link")
    linkurl: Text = column("address of the link")
    room_floor: Text = column("room or floor")
    zipcode: Text = column("postal code")
    pay_rate: Decimal = column("pay rate", unit="currency of the site per hour", personal=True)
    base_rate: Decimal = column("base rate", unit="currency of the site per hour", personal=True)
    no_credit: Bool = column("gives no credit")
    extra_credit: Decimal = column("extra credit")
    absent_reason: ForeignKey = column(
        "why the member was absent; no method lists the reasons", personal=True
    )
    arrive_late_datetime: Text = column("arrival of who came late", zone="timezone", personal=True)
    arrive_late_reason: ForeignKey = column("why", personal=True)
    arrive_late_reason_label: Text = column("why, in words", personal=True)
    leave_early_datetime: Text = column("departure of who left early", zone="timezone", personal=True)
    leave_early_reason: ForeignKey = column("why", personal=True)
    leave_early_reason_label: Text = column("why, in words", personal=True)
    custom_text_1: Text = column("the site's own field")
    custom_text_2: Text = column("the site's own field")
    custom_text_3: Text = column("the site's own field")
    custom_textarea: Text = column("the site's own field")
    custom_dropdown_1: ForeignKey = column(
        "choice of list custom_listable_1", references="shift_custom_options.id"
    )
    custom_dropdown_2: ForeignKey = column(
        "choice of list custom_listable_2", references="shift_custom_options.id"
    )
    custom_dropdown_3: ForeignKey = column(
        "choice of list custom_listable_3", references="shift_custom_options.id"
    )
    custom_dropdown_4: ForeignKey = column(
        "choice of list custom_listable_4", references="shift_custom_options.id"
    )
    custom_dropdown_5: ForeignKey = column(
        "choice of list custom_listable_5", references="shift_custom_options.id"
    )
    custom_dropdown_6: ForeignKey = column(
        "choice of list custom_listable_6", references="shift_custom_options.id"
    )
    custom_dropdown_7: ForeignKey = column(
        "choice of list custom_listable_7", references="shift_custom_options.id"
    )
    custom_dropdown_8: ForeignKey = column(
        "choice of list custom_listable_8", references="shift_custom_options.id"
    )
    custom_dropdown_9: ForeignKey = column(
        "choice of list custom_listable_9", references="shift_custom_options.id"
    )
    custom_dropdown_10: ForeignKey = column(
        "choice of list custom_listable_10", references="shift_custom_options.id"
    )
    custom_dropdown_11: ForeignKey = column(
        "choice of list custom_listable_11", references="shift_custom_options.id"
    )
    custom_dropdown_12: ForeignKey = column(
        "choice of list custom_listable_12", references="shift_custom_options.id"
    )
    custom_dropdown_13: ForeignKey = column(
        "choice of list custom_listable_13", references="shift_custom_options.id"
    )
    custom_dropdown_14: ForeignKey = column(
        "choice of list custom_listable_14", references="shift_custom_options.id"
    )
    custom_dropdown_15: ForeignKey = column(
        "choice of list custom_listable_15", references="shift_custom_options.id"
    )
    custom_multipick: list[Id] = column(
        "choices of list custom_multipick", references="shift_custom_options.id"
    )
    resource: list[Id] = column("resources", references="resources.id")
    breaks: list[Break] = column("breaks")
    acknowledged: Bool = column("acknowledged or declined by who covers it")
    acknowledged_at: Text = column("time of the last acknowledgement; its zone is not documented")
    acknowledge_decline_reason: ForeignKey = column("why it was declined, where it was", personal=True)
    acknowledged_notes: Text = column("note of the acknowledgement", personal=True)
    delete_on_unconfirm: Bool = column("is deleted once it is unconfirmed")
    is_a_trade: Bool = column("offered for trade by who covers it")
    publish_level: Int = column("who sees the published shift")
    publish_date_utc: Timestamp = column("when it is published")
    tier1_publish_date_utc: Timestamp = column("when members of tier 1 see it")
    tier2_publish_date_utc: Timestamp = column("when members of tier 2 see it")
    tier3_publish_date_utc: Timestamp = column("when members of tier 3 see it")
    tier4_publish_date_utc: Timestamp = column("when members of tier 4 see it")
    tier5_publish_date_utc: Timestamp = column("when members of tier 5 see it")
    tier6_publish_date_utc: Timestamp = column("when members of tier 6 see it")
    tier7_publish_date_utc: Timestamp = column("when members of tier 7 see it")
    tier8_publish_date_utc: Timestamp = column("when members of tier 8 see it")
    tier9_publish_date_utc: Timestamp = column("when members of tier 9 see it")
    tier10_publish_date_utc: Timestamp = column("when members of tier 10 see it")
    created: Timestamp = column("when it was created")
    status_updated: Timestamp = column("last publish, unpublish, assign, confirm or unconfirm")
    updated: Timestamp = column("last other change")
    start_date_utc: Timestamp = added(
        "start_date as an instant; none for an all-day shift or an unknown zone label"
    )
    end_date_utc: Timestamp = added("end_date as an instant")
    arrive_late_datetime_utc: Timestamp = added("arrive_late_datetime as an instant", personal=True)
    leave_early_datetime_utc: Timestamp = added("leave_early_datetime as an instant", personal=True)


class Signup(Row):
    """Vendor's text, "shift.signupList": only signups that the API account may see."""

    shift: Id = column("the shift", references="shifts.id")
    member: Id = column("who signed up", references="accounts.id")
    message: Text = column("message of the request", personal=True)
    processed: Bool = column("a manager has dealt with it")


class Trade(Row):
    """Vendor's text, "tradeboard object"."""

    id: Id = column("the vendor's id, stored as text")
    shift: ForeignKey = column("the shift that is traded", references="shifts.id")
    traded_by: ForeignKey = column("who had it", references="accounts.id")
    traded_to: ForeignKey = column(
        "who took it; none while the trade is not complete", references="accounts.id"
    )
    trade_complete: Bool = column("true if another person has taken the shift")
    status: Int = column("1 pending, 2 offered, 3 unapproved, 4 complete; not always sent")
    notes: Text = column("note of the trade", personal=True)
    trade_completed: Timestamp = column("when it was completed", example="2014-01-21T20:40:38Z")


class Permissions(Row):
    auth_read: Int = column("level that may read the field")
    auth_write: Int = column("level that may change it")


class Option(Row):
    """Vendor's text, "shift.customDropdownList", "shift.customMultipickList" and that of time cards."""

    list: Id = column(
        "custom_listable_N of custom_dropdown_N, or custom_multipick", example="custom_listable_1"
    )
    id: Id = column("the option")
    label: Text = column("label of a dropdown's option")
    name: Text = column("name of a multi-pick's option")
    description: Text = column("description of a multi-pick's option")


class ShiftOption(Option):
    """Beside the options, the site's text fields of shifts ("shift.customTextList"), named as the column they label."""

    list: Id = column(
        "custom_listable_N of custom_dropdown_N, custom_multipick, or the column of a text field",
        example="custom_text_1",
    )
    id: Id = column("the option; of a text field the column again")
    label: Text = column("label of a dropdown's option or of a text field", example="Custom Text 1")
    permissions: Permissions
