-- One row per worker: hours of the period side by side, those whose time cards differ most from the plan first.
select
    coalesce(max(worker_name), worker_key) as worker,
    round(cast(sum(scheduled_hours) as numeric(18, 6)), 2) as scheduled_hours,
    round(cast(sum(clocked_hours) as numeric(18, 6)), 2) as clocked_hours,
    round(cast(sum(timecard_hours) as numeric(18, 6)), 2) as timecard_hours,
    round(cast(sum(approved_timecard_hours) as numeric(18, 6)), 2) as approved_timecard_hours,
    round(cast(sum(timecard_hours - scheduled_hours) as numeric(18, 6)), 2) as timecards_minus_scheduled,
    cast(sum(open_clock_entries) as bigint) as open_clock_entries
from marts.worker_hours_weekly
where true
    and account in (:accounts)
    and week_starts_on >= :first_day
    and week_starts_on <= :last_day
group by worker_key
order by abs(sum(timecard_hours - scheduled_hours)) desc, worker_key
limit 200
