-- What do hours on time cards cost? One row per week, at today's rate of the worker or of the pay code.
select
    week_starts_on as week,
    sum(timecard_hours) as timecard_hours,
    sum(labour_cost) as cost,
    sum(case when rate is null then timecard_hours else 0 end) as hours_without_rate
from marts.labour_weekly
group by week_starts_on
order by week
