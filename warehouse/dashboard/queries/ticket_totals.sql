-- One row: tickets open and overdue now; opened, closed and answered in the period, with half of them faster than that.
with chosen as (
    select tickets.*, metrics.first_response_business_minutes, metrics.resolution_minutes, metrics.sla_state
    from marts.tickets as tickets
    inner join marts.ticket_metrics as metrics on metrics.ticket_key = tickets.ticket_key
    where true
        and tickets.account in (:accounts)
        and coalesce(tickets.team, 'no team') in (:teams)
),

now_open as (
    select
        count(*) as open_tickets,
        count(case when is_overdue then 1 end) as overdue_tickets
    from chosen
    where is_open
),

opened as (
    select
        count(*) as opened_tickets,
        count(first_response_business_minutes) as answered_tickets,
        percentile_cont(0.5) within group (order by first_response_business_minutes / 60.0)
            as median_first_response_business_hours
    from chosen
    where true
        and opened_on >= :first_day
        and opened_on <= :last_day
),

closed as (
    select
        count(*) as closed_tickets,
        percentile_cont(0.5) within group (order by resolution_minutes / 1440.0) as median_resolution_days
    from chosen
    where closed_on is not null
        and closed_on >= :first_day
        and closed_on <= :last_day
),

-- of the tickets that were due in the period, open ones too: those that were closed in time
due as (
    select
        avg(case when sla_state = 'met' then 100.0 when sla_state = 'missed' then 0.0 end) as resolved_in_time_percent
    from chosen
    where true
        and due_on >= :first_day
        and due_on <= :last_day
)

select *
from now_open
cross join opened
cross join closed
cross join due
