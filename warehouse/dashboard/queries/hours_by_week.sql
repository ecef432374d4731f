-- One row per week of the shifts' own calendar: hours scheduled, clocked and on time cards.
select
    week_starts_on as week,
    round(cast(sum(scheduled_hours) as numeric(18, 6)), 2) as scheduled,
    round(cast(sum(clocked_hours) as numeric(18, 6)), 2) as clocked,
    round(cast(sum(timecard_hours) as numeric(18, 6)), 2) as on_timecards
from marts.worker_hours_weekly
where true
    and account in (:accounts)
    and week_starts_on >= :first_day
    and week_starts_on <= :last_day
group by week_starts_on
order by week
