-- One row: hours of the period in covered shifts, at the clock and on time cards; clock entries without an end.
-- Written by 'python -m fieldhouse.pipelines.semantic_layer'.
select
    sum(scheduled_hours) as scheduled_hours,
    sum(clocked_hours) as clocked_hours,
    sum(timecard_hours) as timecard_hours,
    100.0 * sum(approved_timecard_hours) / nullif(sum(timecard_hours), 0) as approved_percent,
    cast(coalesce(sum(open_clock_entries), 0) as bigint) as open_clock_entries
from marts.worker_hours_weekly
where true
    and account in (:accounts)
    and week_starts_on >= :first_day
    and week_starts_on <= :last_day
