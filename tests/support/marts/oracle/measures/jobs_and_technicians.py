"""Measures of the marts of jobs, visits and technicians."""

from __future__ import annotations

from collections.abc import Callable

from .. import histories, jobs, technicians
from .measured import FIELD, Measured, Values, World

_DAYS = "jobs planned_minutes worked_minutes billable_minutes available_minutes"


def _available(measure: Callable[..., Values], *places: int) -> Callable[[World], Values]:
    def of_world(world: World) -> Values:
        results = world.of(FIELD, lambda account, own, clock: measure(account, own, clock, world.available))
        if not places:
            return results
        return {key: tuple(values[place] for place in places) for key, values in results.items()}

    return of_world


JOBS = (
    Measured(
        "jobs",
        "job_key",
        "state technicians visits scheduled_at started_at completed_on completed_at_source",
        FIELD,
        jobs.jobs,
    ),
    Measured(
        "job_cycle_times",
        "job_key",
        "waiting_minutes start_delay_minutes working_minutes cycle_minutes invoicing_minutes payment_minutes",
        FIELD,
        jobs.steps,
    ),
    Measured(
        "job_status_history",
        "interval_key",
        "place state valid_from valid_to calendar_minutes is_reopening",
        FIELD,
        histories.jobs,
    ),
    Measured(
        "visits",
        "visit_key",
        "state place is_first_visit visit_on minutes is_repeat_30d repeat_of_visit_key is_repeated_30d",
        FIELD,
        jobs.visits,
    ),
    Measured(
        "visit_technicians",
        "visit_key technician_key",
        "is_lead planned_minutes worked_minutes billable_minutes",
        FIELD,
        technicians.by_visit,
    ),
    Measured(
        "technician_days",
        "technician_key day",
        f"is_business_day is_day_off {_DAYS} available_source worked_in_available_minutes worked_off_days_minutes"
        " open_entries utilisation",
        of_world=_available(technicians.by_day),
    ),
    Measured(
        "technician_utilisation_daily",
        "technician_key day",
        f"{_DAYS} open_entries utilisation",
        of_world=_available(technicians.by_day, 2, 3, 4, 5, 6, 10, 11),
    ),
    Measured(
        "utilisation_weekly",
        "account week_starts_on",
        "technicians available_minutes planned_minutes worked_minutes worked_in_available_minutes"
        " worked_off_days_minutes billable_minutes open_entries utilisation",
        of_world=_available(technicians.by_week),
    ),
    Measured(
        "first_time_fix",
        "account month",
        "done_jobs visited_jobs fixed_first_time first_time_fix_share done_visits repeated_visits repeat_share",
        FIELD,
        jobs.first_time_fix,
    ),
)
