-- Whose hours do not agree? One row per worker of last week, by the account's first day of the week: hours scheduled, clocked and on time cards.
select
    worker_name,
    worker_key,
    round(cast(scheduled_hours as numeric(18, 6)), 2) as scheduled_hours,
    round(cast(clocked_hours as numeric(18, 6)), 2) as clocked_hours,
    round(cast(timecard_hours as numeric(18, 6)), 2) as timecard_hours,
    round(cast(timecard_hours - scheduled_hours as numeric(18, 6)), 2) as difference
from marts.worker_hours_weekly
where week_starts_on in (select day from marts.calendar where days_from_now between -13 and -7)
order by abs(timecard_hours - scheduled_hours) desc, worker_key
