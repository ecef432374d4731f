-- One row: tickets open and overdue now; opened, answered, closed and due in the period.
-- Written by 'python -m fieldhouse.pipelines.semantic_layer'.
with tickets_now as (
    select
        count(case when is_open then 1 end) as open_tickets,
        count(case when is_overdue then 1 end) as overdue_tickets
    from marts.tickets
    where true
        and account in (:accounts)
        and coalesce(team, 'no team') in (:teams)
),

tickets_by_opened_on as (
    select
        count(*) as opened_tickets
    from marts.tickets
    where true
        and account in (:accounts)
        and coalesce(team, 'no team') in (:teams)
        and opened_on >= :first_day
        and opened_on <= :last_day
),

ticket_metrics_by_opened_on as (
    select
        count(first_response_business_minutes) as answered_tickets,
        percentile_cont(0.5) within group (order by first_response_business_minutes / 60.0) as median_first_response_business_hours
    from marts.ticket_metrics
    where true
        and account in (:accounts)
        and coalesce(team, 'no team') in (:teams)
        and opened_on >= :first_day
        and opened_on <= :last_day
),

tickets_by_closed_on as (
    select
        count(closed_on) as closed_tickets
    from marts.tickets
    where true
        and account in (:accounts)
        and coalesce(team, 'no team') in (:teams)
        and closed_on >= :first_day
        and closed_on <= :last_day
),

ticket_metrics_by_resolved_on as (
    select
        percentile_cont(0.5) within group (order by resolution_minutes / 1440.0) as median_resolution_days
    from marts.ticket_metrics
    where true
        and account in (:accounts)
        and coalesce(team, 'no team') in (:teams)
        and cast(resolved_at at time zone time_zone as date) >= :first_day
        and cast(resolved_at at time zone time_zone as date) <= :last_day
),

sla_by_due_on as (
    select
        100.0 * count(case when sla_state = 'met' then 1 end) / nullif(count(case when sla_state = 'met' then 1 end) + count(case when sla_state = 'missed' then 1 end), 0) as resolved_in_time_percent
    from marts.sla
    where true
        and account in (:accounts)
        and coalesce(team, 'no team') in (:teams)
        and due_on >= :first_day
        and due_on <= :last_day
)

select *
from tickets_now
cross join tickets_by_opened_on
cross join ticket_metrics_by_opened_on
cross join tickets_by_closed_on
cross join ticket_metrics_by_resolved_on
cross join sla_by_due_on
