"""Every mart with its key, its measures, and the function of the oracle that recomputes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.marts.raw_tables import Tables

from . import (
    assets,
    histories,
    identity,
    jobs,
    money,
    operations,
    quality,
    shifts,
    technicians,
    tickets,
    time_off,
)
from .account_clock import AccountClock

Values = dict[Any, tuple[Any, ...]]
OfAccount = Callable[[str, Any, AccountClock], Values]
DESKS, FIELD = ("bossdesk", "notific"), ("servicebridge", "servicesidekick")
ALL = (*DESKS, *FIELD, "shiftboard")


class World:
    """All accounts of a warehouse, with what their identities and availabilities are."""

    def __init__(self, tables: Mapping[str, Tables], clocks: Mapping[str, AccountClock]) -> None:
        self.tables, self.clocks = tables, clocks
        self.people = identity.people_of(tables)
        self.customers = identity.customers_of(tables)
        self.available = technicians.Availability(tables, clocks, self.people)

    def of(self, vendors: tuple[str, ...], measure: OfAccount) -> Values:
        """One measure over the accounts of these vendors."""
        results: Values = {}
        for account, clock in self.clocks.items():
            if account.partition("_")[0] in vendors:
                results.update(measure(account, self.tables[account], clock))
        return results


@dataclass(frozen=True)
class Measured:
    """``key`` and ``columns`` of a mart are separated by blanks; ``vendors`` are those whose accounts it reads."""

    mart: str
    key: str
    columns: str
    vendors: tuple[str, ...] = ()
    of_account: OfAccount | None = None
    of_world: Callable[[World], Values] | None = None

    @property
    def sql(self) -> str:
        return f"SELECT {', '.join([*self.key.split(), *self.columns.split()])} FROM marts.{self.mart}"

    def expected(self, world: World) -> Values:
        if self.of_world:
            return self.of_world(world)
        assert self.of_account
        return world.of(self.vendors, self.of_account)


def _some(measured: OfAccount, *places: int) -> OfAccount:
    """The same measures, of which some are chosen by their places."""
    return lambda account, tables, clock: {
        key: tuple(values[place] for place in places)
        for key, values in measured(account, tables, clock).items()
    }


def _available(measure: Callable[..., Values], *places: int) -> Callable[[World], Values]:
    def of_world(world: World) -> Values:
        results = world.of(FIELD, lambda account, own, clock: measure(account, own, clock, world.available))
        if not places:
            return results
        return {key: tuple(values[place] for place in places) for key, values in results.items()}

    return of_world


_COVERAGE = (
    "shifts positions covered_positions uncovered_positions uncovered_published_positions attended_positions"
)
_DAYS = "jobs planned_minutes worked_minutes billable_minutes available_minutes"
MEASURES = (
    Measured(
        "tickets",
        "ticket_key",
        "state is_open opened_on opened_in_week closed_on due_on age_days age_band is_overdue is_past_end",
        DESKS,
        tickets.tickets,
    ),
    Measured(
        "ticket_metrics",
        "ticket_key",
        "first_response_minutes first_response_business_minutes resolution_minutes resolution_business_minutes"
        " is_resolved_in_time sla_state reopenings comments agent_replies agent_minutes",
        DESKS,
        tickets.metrics,
    ),
    Measured(
        "sla",
        "ticket_key",
        "sla_state is_open_past_due minutes_late business_minutes_late",
        DESKS,
        tickets.sla,
    ),
    Measured(
        "ticket_backlog_daily",
        "account team day",
        "opened closed open_at_end past_due_at_end",
        DESKS,
        tickets.backlog,
    ),
    Measured(
        "agent_time",
        "time_entry_key",
        "week_starts_on minutes is_billable",
        ("bossdesk",),
        tickets.agent_time,
    ),
    Measured(
        "ticket_status_history",
        "interval_key",
        "place status extended_status team valid_from valid_to calendar_minutes business_minutes is_waiting"
        " is_reopening is_team_move",
        DESKS,
        histories.tickets,
    ),
    Measured("ticket_assets", "ticket_key asset_key", "account", ("bossdesk",), assets.ticket_assets),
    Measured(
        "assets",
        "asset_key",
        "is_active is_under_warranty tickets open_tickets incidents first_incident_at last_incident_at mtbf_days",
        ("bossdesk", "servicebridge", "shiftboard"),
        assets.assets,
    ),
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
    Measured(
        "invoices",
        "invoice_key",
        "job_key is_void is_credit invoiced_on due_on due_source total balance paid paid_at days_overdue age_band",
        FIELD,
        money.invoices,
    ),
    Measured(
        "payments",
        "payment_key",
        "invoice_key job_key paid_on amount is_on_void_invoice is_applied",
        ("servicebridge",),
        money.payments,
    ),
    Measured("receivables_ageing", "invoice_key", "balance days_overdue age_band", FIELD, money.receivables),
    Measured(
        "revenue_by_month",
        "account month",
        "invoices invoiced credits paid_of_invoiced balance_of_invoiced payments collected unapplied",
        FIELD,
        money.months,
    ),
    Measured(
        "revenue_by_job",
        "job_key",
        "invoices first_invoiced_at invoiced paid balance",
        FIELD,
        money.jobs_revenue,
    ),
    Measured(
        "invoice_lines",
        "line_key",
        "job_key invoice_key invoiced_on quantity total cost margin",
        FIELD,
        assets.lines,
    ),
    Measured(
        "estimates", "estimate_key", "state created_on expires_on total", ("servicebridge",), money.estimates
    ),
    Measured(
        "estimate_conversion",
        "account month",
        "estimates won lost open expired draft won_value lost_value open_value win_rate win_rate_by_value",
        ("servicebridge",),
        money.conversion,
    ),
    Measured("work_items", "work_item_key", "kind state is_open closed_at", ALL, operations.work_items),
    Measured(
        "calendar",
        "day",
        "year quarter month weekday month_starts_on week_starts_on is_business_day is_today days_from_now"
        " weeks_from_now",
        of_world=lambda world: operations.calendar(next(iter(world.clocks.values()))),
    ),
    Measured(
        "accounts",
        "account",
        "time_zone today week_start business_hours_per_week history_since",
        ALL,
        operations.accounts,
    ),
    Measured(
        "sync_health",
        "sync_key",
        "runs_in_7_days failures_in_7_days last_outcome last_run_rows_read last_run_rows_written"
        " last_run_rows_deleted live_rows deleted_rows schema_changes",
        ALL,
        operations.sync_health,
    ),
    Measured(
        "person_records",
        "record_key",
        "person_key match_reason match_confidence",
        of_world=lambda world: identity.records(world.people, "person"),
    ),
    Measured(
        "people",
        "person_key",
        "full_name is_active records vendors vendor_names has_one_name",
        of_world=lambda world: identity.identities(world.people, "person"),
    ),
    Measured(
        "customers",
        "customer_key",
        "party_key match_reason match_confidence",
        of_world=lambda world: identity.records(world.customers, "party"),
    ),
    Measured(
        "parties",
        "party_key",
        "name is_active records vendors vendor_names",
        of_world=lambda world: identity.identities(world.customers, "party"),
    ),
    Measured(
        "locations",
        "location_key",
        "kind name parent_location_key customer_key street city state postal_code country latitude longitude",
        ("bossdesk", "shiftboard", *FIELD),
        assets.locations,
    ),
    Measured(
        "data_quality", "quality_key", "table_name record_key problem columns", ALL, quality.data_quality
    ),
)
