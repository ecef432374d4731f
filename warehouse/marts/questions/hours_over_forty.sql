-- Who is paid for more than 40 hours a week? One row per worker and week, by time cards, approved or not.
select
    week_starts_on as week,
    worker_key,
    worker_name,
    timecard_hours,
    timecard_hours - 40 as hours_over_forty
from marts.worker_hours_weekly
where timecard_hours > 40
order by week, hours_over_forty desc, worker_key
