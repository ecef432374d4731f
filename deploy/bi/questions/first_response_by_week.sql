-- How long do people wait for a first response? One row per week of opening, in business hours.
select
    opened_in_week as week,
    count(*) as answered_tickets,
    round(cast(percentile_cont(0.5) within group (order by first_response_business_minutes / 60.0) as numeric), 2)
        as median_business_hours
from marts.ticket_metrics
where first_response_business_minutes is not null
group by opened_in_week
order by opened_in_week
