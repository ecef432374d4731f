-- One row per week of opening (Monday): hours until the first response, half of the answered tickets wait less.
select
    opened_in_week as week,
    count(*) as answered_tickets,
    round(cast(percentile_cont(0.5) within group (order by first_response_minutes / 60.0) as numeric(18, 6)), 2)
        as median_hours,
    round(cast(percentile_cont(0.5) within group (order by first_response_business_minutes / 60.0) as numeric(18, 6)), 2)
        as median_business_hours
from marts.ticket_metrics
where first_response_minutes is not null
    and account in (:accounts)
    and coalesce(team, 'no team') in (:teams)
    and opened_on >= :first_day
    and opened_on <= :last_day
group by opened_in_week
order by week
