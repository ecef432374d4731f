-- Hours on time cards are neither lost nor doubled on their way into weeks.
with raw as (
    select sum(_duration_seconds) / 3600.0 as hours
    from ({{ live_rows('shiftboard', 'timecards', {
        'account': 'text', 'start_date': 'date', '_duration_seconds': 'bigint',
    }) }}) as timecards
    where nullif(nullif(account, ''), '0') is not null and start_date is not null and _duration_seconds between 0 and 604800
),

found as (
    select sum(timecard_hours) as hours from {{ ref('fieldhouse', 'worker_hours_weekly') }}
)

select raw.hours, found.hours as in_weeks
from raw
cross join found
where abs(coalesce(raw.hours, 0) - coalesce(found.hours, 0)) > 0.01
