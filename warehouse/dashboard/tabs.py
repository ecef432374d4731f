"""What the page shows, tab by tab, as values."""

from __future__ import annotations

from .figures import Figure, Number, Tab, grouped, over_time, ranked, stacked

_BACK = ("Last 13 weeks", "Last 4 weeks", "Last 12 months", "All time", "Other days")

HEALTH = Tab(
    "Health",
    (
        Figure(
            "rows_by_day",
            "Rows written over time",
            "Rows per day (UTC) of the last 30 days, over the accounts chosen: new or changed ones, and those marked"
            " as deleted.",
            empty="No sync in the last 30 days: run `fieldhouse sync`.",
            chart=stacked("day", "rows", rows_written="written", rows_deleted="marked deleted"),
        ),
        Figure(
            "account_runs",
            "Runs",
            "The 30 newest of each account.",
            empty="No run yet: run `fieldhouse sync`.",
        ),
        Figure(
            "schema_changes",
            "Schema changes",
            "Columns that vendors added, retyped or dropped in the last 90 days, and what was done.",
            empty="No column changed in the last 90 days.",
        ),
        Figure(
            "rows_held",
            "Rows held",
            "As of the last build of the marts.",
            empty="The marts saw no sync: run `fieldhouse build`.",
        ),
    ),
)

TICKETS = Tab(
    "Tickets",
    (
        Figure(
            "ticket_totals",
            numbers=(
                Number("open_tickets", "Open now"),
                Number(
                    "overdue_tickets", "Overdue now", help="Open, and past the time at which they are due."
                ),
                Number("opened_tickets", "Opened", help="In the period.", compared=True),
                Number("closed_tickets", "Closed", help="In the period.", better="more", compared=True),
                Number(
                    "median_first_response_business_hours",
                    "First response",
                    "{:,.1f} h",
                    "Median business hours from opening to the first public answer of an agent, of tickets opened in"
                    " the period.",
                    better="less",
                    compared=True,
                    counted_by="answered_tickets",
                ),
                Number(
                    "median_resolution_days",
                    "Resolution",
                    "{:,.1f} days",
                    "Median calendar days from opening to closing, of tickets closed in the period.",
                    better="less",
                    compared=True,
                    counted_by="closed_tickets",
                ),
                Number(
                    "resolved_in_time_percent",
                    "In time",
                    "{:,.0f} %",
                    "Of tickets that were due in the period: closed in time, not late or still open.",
                    better="more",
                    compared=True,
                ),
            ),
        ),
        Figure(
            "backlog_by_day",
            "Backlog",
            "Tickets open at the end of each day, in their account's time zone.",
            chart=over_time("day", "open tickets", open_tickets="open tickets"),
        ),
        Figure(
            "tickets_by_week",
            "Opened and closed",
            "Tickets per week, which begins on Monday.",
            chart=grouped("week", "tickets", opened="opened", closed="closed"),
            is_half=True,
        ),
        Figure(
            "resolution_by_week",
            "Resolution",
            "Median calendar days from opening to closing, per week of closing.",
            empty="No ticket was closed in this period.",
            chart=over_time("week", "days", counted_by="closed_tickets", median_days="days"),
            is_half=True,
        ),
        Figure(
            "open_tickets_by_team",
            "Open tickets by team",
            "Now, whatever the period.",
            empty="No ticket is open.",
            chart=ranked("team", "tickets", filter="team", in_time="in time", overdue="overdue"),
            is_half=True,
        ),
        Figure(
            "open_tickets_by_age",
            "Open tickets by age",
            "Now, whatever the period.",
            empty="No ticket is open.",
            chart=ranked("age_band", "tickets", in_time="in time", overdue="overdue"),
            is_half=True,
        ),
        Figure(
            "response_by_week",
            "First response",
            "Median hours per week of opening. Business hours are those of the account's own zone. Notific has no"
            " answers.",
            empty="No ticket of this period was answered.",
            chart=over_time(
                "week",
                "hours",
                counted_by="answered_tickets",
                median_hours="calendar",
                median_business_hours="business",
            ),
        ),
        Figure(
            "oldest_tickets",
            "Oldest open tickets",
            "The hundred oldest now, whatever the period. Age in days. A number leads to the ticket at the vendor,"
            " if its address is known.",
            empty="No ticket is open.",
        ),
    ),
    vendors=("bossdesk", "notific"),
    periods=_BACK,
    teams=("teams", "Team"),
)

SHIFTS = Tab(
    "Shifts",
    (
        Figure(
            "shift_totals",
            numbers=(
                Number("positions", "Positions"),
                Number("covered_positions", "Covered"),
                Number("open_positions", "Open"),
                Number(
                    "open_published_positions", "Open, published", help="Workers can see them and sign up."
                ),
                Number("covered_percent", "Coverage", "{:,.0f} %", better="more", compared=True),
            ),
        ),
        Figure(
            "coverage_by_day",
            "Coverage by day",
            "Positions per day, by the shifts' own wall calendar.",
            chart=stacked("day", "positions", covered="covered", open="open"),
        ),
        Figure(
            "coverage_by_workgroup",
            "Coverage by workgroup",
            "Positions in the period, most open first.",
            chart=ranked("workgroup", "positions", covered="covered", open="open"),
        ),
        Figure(
            "open_shifts",
            "Where people are missing",
            "Uncovered shifts of the period, by each shift's own clock.",
            empty="Every shift of this period is covered.",
        ),
    ),
    vendors=("shiftboard",),
    periods=("Next 4 weeks", "Next 7 days", "Last 4 weeks", "Last 13 weeks", "All time", "Other days"),
    teams=("workgroups", "Workgroup"),
)

HOURS = Tab(
    "Hours",
    (
        Figure(
            "hour_totals",
            numbers=(
                Number("scheduled_hours", "Scheduled", "{:,.0f} h", "In covered shifts.", compared=True),
                Number(
                    "clocked_hours", "Clocked", "{:,.0f} h", "Between clocking in and out.", compared=True
                ),
                Number("timecard_hours", "On time cards", "{:,.0f} h", compared=True),
                Number(
                    "approved_percent", "Approved", "{:,.0f} %", "Of the hours on time cards.", better="more"
                ),
                Number("open_clock_entries", "Still clocked in", help="Clock entries without an end."),
            ),
        ),
        Figure(
            "hours_by_week",
            "Scheduled, clocked, on time cards",
            "Hours per week, by the shifts' own calendar.",
            chart=over_time(
                "week", "hours", scheduled="scheduled", clocked="clocked", on_timecards="on time cards"
            ),
        ),
        Figure(
            "hours_by_worker",
            "Whose hours do not agree",
            "Hours in the period; the largest difference between time cards and plan first.",
        ),
    ),
    vendors=("shiftboard",),
    periods=("Last full week", "Last 4 weeks", "Last 13 weeks", "Last 12 months", "All time", "Other days"),
)

JOBS = Tab(
    "Jobs",
    (
        Figure(
            "job_totals",
            numbers=(
                Number("open_jobs", "Open now", help="Neither done nor cancelled."),
                Number("done_jobs", "Done", help="In the period.", better="more", compared=True),
                Number(
                    "median_cycle_days",
                    "Cycle time",
                    "{:,.1f} days",
                    "Median from creation to completion.",
                    better="less",
                    compared=True,
                    counted_by="done_jobs",
                ),
            ),
        ),
        Figure(
            "owed_totals",
            numbers=(
                Number("owed", "Owed now", "{:,.2f}", "Positive balances of invoices that are not void."),
                Number("overdue", "Of it due", "{:,.2f}", "Past its due date."),
                Number("credits", "Credits", "{:,.2f}", "Negative balances."),
            ),
            empty="Nobody owes anything.",
        ),
        Figure(
            "cycle_by_month",
            "Where the time goes",
            "Median days per step, by month of completion: until the start, at work, until the invoice, until"
            " the payment. ServiceSidekick has no payment dates.",
            empty="No job was completed in this period.",
            chart=over_time(
                "month",
                "days",
                counted_by="done_jobs",
                waiting="waiting",
                working="working",
                invoicing="invoicing",
                payment="payment",
            ),
        ),
        Figure(
            "revenue_by_month",
            "Invoiced and collected",
            "Invoices by their date, payments by theirs, a chart for each currency. ServiceSidekick has no payments.",
            empty="Nothing was invoiced in this period.",
            chart=grouped("month", "money", is_money=True, invoiced="invoiced", collected="collected"),
            is_half=True,
        ),
        Figure(
            "receivables_by_age",
            "Receivables by age",
            "What is owed now, whatever the period, by days since it was due; a chart for each currency.",
            empty="Nobody owes anything.",
            chart=ranked("age_band", "money", is_money=True, owed="owed"),
            is_half=True,
        ),
        Figure(
            "utilisation_by_week",
            "Technicians' hours",
            "Hours per week in the account's time zone. Available are the shifts of every technician, or the business"
            " hours of the days on which the technician is not off.",
            chart=over_time("week", "hours", available="available", worked="worked", billable="billable"),
            is_half=True,
        ),
        Figure(
            "open_jobs",
            "Oldest open jobs",
            "The hundred oldest now, whatever the period. A number leads to the job at the vendor, if its address is"
            " known.",
            empty="No job is open.",
        ),
        Figure(
            "open_invoices",
            "Open invoices",
            "The hundred longest overdue now, whatever the period.",
            empty="Nobody owes anything.",
        ),
    ),
    vendors=("servicebridge", "servicesidekick"),
    periods=("Last 12 months", "Last 13 weeks", "Last 4 weeks", "All time", "Other days"),
)

PEOPLE = Tab(
    "People",
    (
        Figure(
            "people_totals",
            numbers=(
                Number("people", "People"),
                Number("records", "Records", help="Accounts, users, employees and operators at the vendors."),
                Number("known_to_several_vendors", "At several vendors"),
                Number("with_different_names", "With two names", help="Their records have different names."),
            ),
        ),
        Figure(
            "open_work_by_owner",
            "Open work by owner",
            "Tickets, jobs and shifts to come that are open now; the 25 people with the most.",
            empty="Nobody has open work.",
            chart=ranked("owner", "open items", tickets="tickets", jobs="jobs", shifts="shifts"),
        ),
        Figure(
            "people_of_several_vendors",
            "People at several vendors",
            "Matched by e-mail address and phone number.",
            empty="No person stands at more than one vendor.",
        ),
    ),
    vendors=("shiftboard", "bossdesk", "servicebridge", "servicesidekick", "notific"),
)

TABS = (HEALTH, TICKETS, SHIFTS, HOURS, JOBS, PEOPLE)
