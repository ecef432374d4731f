"""Shifts, and the hours that were worked, asked off or offered."""

from __future__ import annotations

from fieldhouse.sources.engine.spec import ByKey, Part, Table, Window

from . import reshape
from . import rows_shifts as shifts
from . import rows_work as work
from .request_params import (
    ALL_AT_ONCE,
    ALL_DAYS,
    FULL,
    PERHAPS_IN_PAGES,
    TOGETHER,
    ZONES_APART,
    days,
    feed,
    flags,
    ids,
    one,
    shift_days,
)

SHIFTS = (
    Table(
        name="shifts",
        path="shift.list",
        row=shifts.Shift,
        records="shifts",
        params={"extended": True, "select": {"scope": "siteadmin", "only_deleted_workgroups": False}},
        window=Window(params=shift_days, field="start_date", margin=ZONES_APART),
        incremental=feed("shift.listUpdated", "status_update", **ALL_DAYS),
        by_key=ByKey(
            path="shift.get",
            params=lambda keys: {"id": keys[0], **FULL},
            records=reshape.the_one("shift"),
            batch_size=TOGETHER,
        ),
        reshape=reshape.local_times("start_date", "end_date", "arrive_late_datetime", "leave_early_datetime"),
        deletes="window-scan",
        filters=ids("workgroup")
        | ids("location", "role", "client", "department", none="0")
        | flags("published", "covered", "urgent", "signup_list", "no_pick_up"),
        grain="one row per shift, or per covered position of one",
    ),
    Table(
        name="shift_signups",
        path="shift.signupList",
        row=shifts.Signup,
        records="signups",
        pager=PERHAPS_IN_PAGES,
        key=("shift", "member"),
        params={"referenced_objects": False},
        per_parent=one("id", "shifts", where=("signup_list", True), stamp="shift"),
        deletes="replace-per-parent",
        grain="one row per account on the signup list of a shift",
    ),
    Table(
        name="tradeboard",
        path="tradeboard.list",
        row=shifts.Trade,
        records="tradeboard",
        params=FULL,
        window=Window(params=days),
        deletes="window-scan",
        filters=flags("trade_complete"),
        grain="one row per shift offered for trade",
    ),
    Table(
        name="shift_custom_options",
        path="shift.customDropdownList",
        row=shifts.ShiftOption,
        records=reshape.options,
        parts=(Part(), Part(path="shift.customMultipickList"), Part(path="shift.customTextList")),
        key=("list", "id"),
        pager=ALL_AT_ONCE,
        grain="one row per option of a custom dropdown or multi-pick of shifts, and per text field with its label",
    ),
)
WORK = (
    Table(
        name="timecards",
        path="timecard.list",
        row=work.TimeCard,
        records="timecards",
        params=FULL,
        window=Window(params=days, field="start_date"),
        reshape=reshape.time_card,
        deletes="window-scan",
        filters=ids("workgroup", "account", "client", "department", "role", "work_status_type", "location")
        | flags("approved", "processed"),
        grain="one row per time card",
    ),
    Table(
        name="timeclocks",
        path="timeclock.list",
        row=work.ClockEntry,
        records="timeclocks",
        params=FULL,
        window=Window(
            params=days,
            field="clocked_in_local",
            also=({"select": {**ALL_DAYS, "clocked_out": False}},),
            unsettled="clocked_out",
        ),
        reshape=reshape.clock_entry,
        deletes="window-scan",
        filters=ids("workgroup", "account"),
        grain="one row per clock-in, with its clock-out once there is one",
    ),
    Table(
        name="time_off_requests",
        path="timeOffRequest.list",
        row=work.TimeOffRequest,
        records="timeOffRequests",
        params=FULL,
        window=Window(params=days),
        reshape=reshape.local_times("start_date", "end_date"),
        deletes="window-scan",
        filters=ids("status", "member"),
        grain="one row per request for time off",
    ),
    Table(
        name="availability",
        path="availability.list",
        row=work.Availability,
        records="availability",
        params={
            "referenced_objects": False,
            "select": {"start_date": None, "end_date": None, "scope": "siteadmin"},
        },
        filters=ids("account") | flags("busy"),
        grain="one row per weekly pattern in which an account is available or busy",
    ),
    Table(
        name="timecard_custom_options",
        path="timecard.customDropdownList",
        row=shifts.Option,
        records=reshape.options,
        key=("list", "id"),
        pager=ALL_AT_ONCE,
        grain="one row per option of a custom dropdown of time cards",
    ),
)
