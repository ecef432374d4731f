"""Rows about hours worked, time off and availability."""

from __future__ import annotations

from fieldhouse.sources.engine.spec.row import (
    Bool,
    Date,
    Decimal,
    Float,
    ForeignKey,
    Id,
    Int,
    Row,
    Text,
    Timestamp,
    added,
    column,
)


class TimeCard(Row):
    """Vendor's text, "timecard object". It has no zone, no time of change and no link to a clock entry."""

    id: Id = column("the vendor's id, stored as text")
    workgroup: ForeignKey = column("workgroup", references="workgroups.id")
    account: ForeignKey = column("whose", references="accounts.id")
    external_account: Text = column("the account's external id", personal=True)
    shift: ForeignKey = column("the shift, where there is one", references="shifts.id")
    approved: Bool = column("approved by a manager")
    processed: Bool = column("processed by payroll")
    start_date: Date = column("day of the work; its zone is not stated")
    start_time: Text = column("start, where one was given; its zone is not stated", example="23:55:00")
    duration: Text = column("length as HHH:MM:SS", example="120:00:00")
    work_status_type: ForeignKey = column("work status type", references="work_status_types.id")
    location: ForeignKey = column("location", references="locations.id")
    role: ForeignKey = column("role", references="roles.id")
    client: ForeignKey = column("client", references="clients.id")
    department: ForeignKey = column("department", references="departments.id")
    mileage: Decimal = column("mileage; its unit is not stated", personal=True)
    expense_notes: Text = column("expenses", personal=True)
    notes: Text = column("notes", personal=True)
    manager_notes: Text = column("notes of the manager", personal=True)
    start_utc: Timestamp = added(
        "start_date and start_time as an instant, taken to be in the organization's zone"
    )
    duration_seconds: Int = added("duration in seconds")


class Place(Row):
    latitude: Float = column("latitude", unit="degrees", personal=True)
    longitude: Float = column("longitude", unit="degrees", personal=True)
    time: Text = column("when the position was taken; its zone is not stated", personal=True)
    accuracy: Float = column("radius that holds the true position with 68%", unit="metres")


class ClockEntry(Row):
    """Vendor's text, "timeclock object"."""

    id: Id = column("the vendor's id, stored as text")
    workgroup: ForeignKey = column("workgroup", references="workgroups.id")
    account: ForeignKey = column("whose", references="accounts.id")
    external_account: Text = column("the account's external id", personal=True)
    shift: ForeignKey = column("the shift, where there is one", references="shifts.id")
    clocked_in: Text = column("clock-in as sent; its zone is not stated")
    clocked_out: Text = column("clock-out as sent, its zone is not stated; none while the entry is open")
    clocked_in_local: Text = column("clock-in", zone="organization")
    clocked_out_local: Text = column("clock-out", zone="organization")
    timezone: Text = column("label of the organization's zone", references="timezones.name")
    clockin_notes: Text = column("notes", personal=True)
    clockout_notes: Text = column("notes", personal=True)
    clockin_ipaddr: Text = column("address of the device", personal=True)
    clockout_ipaddr: Text = column("address of the device", personal=True)
    clockin_phone: Text = column("phone that was called from", personal=True)
    clockout_phone: Text = column("phone that was called from", personal=True)
    clockin_device_id: Text = column("the device", personal=True)
    clockout_device_id: Text = column("the device", personal=True)
    clockin_location: Place = column("where it was")
    clockout_location: Place = column("where it was")
    clocked_in_utc: Timestamp = added("clock-in as an instant: by its own offset, else from clocked_in_local")
    clocked_out_utc: Timestamp = added(
        "clock-out as an instant: by its own offset, else from clocked_out_local"
    )


class TimeOffRequest(Row):
    """Vendor's text, "timeOffRequest object". Its free text is often about health."""

    id: Id = column("the vendor's id, stored as text")
    start_date: Text = column("start; a date alone for a whole day", zone="timezone", example="2009-04-01")
    end_date: Text = column("end; none for all-day and open-ended requests", zone="timezone")
    use_time: Int = column("3 start and end, 4 open-ended, 5 all day")
    timezone: Text = column("zone label", references="timezones.name")
    workgroup: ForeignKey = column("workgroup, where it is for one", references="workgroups.id")
    member: ForeignKey = column("who asks", references="accounts.id")
    external_member: Text = column("external id of who asks", personal=True)
    summary: Text = column("what for", personal=True)
    status: Int = column("0 new, 2 approved, 3 denied")
    paid: Bool = column("is paid time off")
    category: ForeignKey = column("category; no method lists them", personal=True)
    details: Text = column("more about it", personal=True)
    admin_notes: Text = column("notes of site administrators, given to them alone", personal=True)
    status_reason: Text = column("why it was approved or denied", personal=True)
    last_status_update: Text = column("last change of the status; its zone is not stated")
    status_update_by: ForeignKey = column("who changed it", references="accounts.id")
    start_date_utc: Timestamp = added("start_date as an instant; none for a whole day")
    end_date_utc: Timestamp = added("end_date as an instant")


class Availability(Row):
    """Vendor's text, "availability object": a weekly pattern. An edit gives it a new id."""

    id: Id = column("the vendor's id, new after every edit")
    account: ForeignKey = column("whose", references="accounts.id")
    external_account: Text = column("the account's external id", personal=True)
    workgroup: ForeignKey = column("the workgroup that it is for; none for all", references="workgroups.id")
    busy: Bool = column("true: not available", personal=True)
    start_date: Date = column("first day; none without limit", personal=True)
    end_date: Date = column("last day; none without limit", personal=True)
    start_time: Text = column(
        "start on each day; none from its beginning; its zone is not stated", personal=True
    )
    end_time: Text = column("end on each day; none to its end; its zone is not stated", personal=True)
    sunday: Bool = column("holds on Sundays", personal=True)
    monday: Bool = column("holds on Mondays", personal=True)
    tuesday: Bool = column("holds on Tuesdays", personal=True)
    wednesday: Bool = column("holds on Wednesdays", personal=True)
    thursday: Bool = column("holds on Thursdays", personal=True)
    friday: Bool = column("holds on Fridays", personal=True)
    saturday: Bool = column("holds on Saturdays", personal=True)
