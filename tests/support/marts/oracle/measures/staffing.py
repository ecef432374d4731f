"""Measures of the marts of shifts and time off."""

from __future__ import annotations

from .. import details, shifts, time_off
from .measured import Measured, OfAccount

_COVERAGE = (
    "shifts positions covered_positions uncovered_positions uncovered_published_positions attended_positions"
)


def _some(measured: OfAccount, *places: int) -> OfAccount:
    """The same measures, of which some are chosen by their places."""
    return lambda account, tables, clock: {
        key: tuple(values[place] for place in places)
        for key, values in measured(account, tables, clock).items()
    }


STAFFING = (
    Measured(
        "shifts",
        "shift_key",
        "local_date starts_at ends_at scheduled_minutes unpaid_break_minutes positions is_covered",
        ("shiftboard",),
        shifts.shifts,
    ),
    Measured(
        "attendance",
        "shift_key",
        "is_over state is_attended clocked_minutes timecard_minutes late_minutes is_late left_early_minutes"
        " worked_minus_scheduled_minutes",
        ("shiftboard",),
        shifts.attendance,
    ),
    Measured(
        "coverage_daily",
        "workgroup_key day",
        f"{_COVERAGE} absent_positions declined_positions coverage_share scheduled_minutes covered_minutes"
        " clocked_minutes",
        ("shiftboard",),
        shifts.coverage,
    ),
    Measured(
        "shift_coverage_daily",
        "workgroup_key day",
        f"{_COVERAGE} coverage_share scheduled_minutes covered_minutes",
        ("shiftboard",),
        _some(shifts.coverage, 0, 1, 2, 3, 4, 5, 8, 9, 10),
    ),
    Measured(
        "worker_hours_weekly",
        "worker_key week_starts_on",
        "scheduled_hours unpaid_break_hours clocked_hours overlapping_clocked_hours timecard_hours"
        " approved_timecard_hours open_clock_entries unusable_clock_entries",
        ("shiftboard",),
        shifts.hours,
    ),
    Measured(
        "time_off",
        "time_off_key",
        "state is_all_day first_day last_day starts_at ends_at",
        ("shiftboard",),
        time_off.time_off,
    ),
    Measured(
        "labour_weekly",
        "worker_key week_starts_on",
        "scheduled_hours timecard_hours approved_timecard_hours is_overtime_exempt regular_hours overtime_hours rate"
        " rate_source labour_cost",
        ("shiftboard",),
        details.labour,
    ),
)
