-- One row per week of closing (Monday): days from opening to closing, half of the closed tickets take less.
select
    cast(date_trunc('week', tickets.closed_on) as date) as week,
    count(*) as closed_tickets,
    round(cast(percentile_cont(0.5) within group (order by metrics.resolution_minutes / 1440.0) as numeric(18, 6)), 2)
        as median_days
from marts.ticket_metrics as metrics
inner join marts.tickets as tickets on tickets.ticket_key = metrics.ticket_key
where metrics.resolution_minutes is not null
    and tickets.account in (:accounts)
    and coalesce(tickets.team, 'no team') in (:teams)
    and tickets.closed_on >= :first_day
    and tickets.closed_on <= :last_day
group by cast(date_trunc('week', tickets.closed_on) as date)
order by week
