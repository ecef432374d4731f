"""Measures of the marts of tickets."""

from __future__ import annotations

from .. import details, histories, tickets
from .measured import DESKS, Measured

TICKETS = (
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
    Measured("ticket_tags", "ticket_key tag", "account", ("bossdesk",), details.tags),
    Measured(
        "ticket_tasks",
        "task_key",
        "ticket_key team due_at closed_at is_open is_late",
        ("bossdesk",),
        details.tasks,
    ),
    Measured(
        "ticket_approvals",
        "approval_key",
        "ticket_key status responded_at response_minutes",
        ("bossdesk",),
        details.approvals,
    ),
)
