-- One row per worker and week (Monday): hours in covered shifts, at the clock and on time cards, side by side.
with entries as (
    select
        worker_key,
        local_date as day,
        scheduled_minutes as scheduled,
        unpaid_break_minutes as unpaid_break,
        cast(null as double precision) as clocked,
        cast(null as double precision) as on_timecards,
        cast(null as double precision) as approved,
        0 as open_clock_entries
    from {{ ref('shifts') }}
    where is_covered and scheduled_minutes is not null
    union all
    select
        worker_key,
        local_date,
        null,
        null,
        {{ minutes_between('clocked_in_at', 'clocked_out_at') }},
        null,
        null,
        case when clocked_out_at is null then 1 else 0 end
    from {{ ref('stg_shiftboard__timeclocks') }}
    union all
    select worker_key, local_date, null, null, null, minutes, case when is_approved then minutes end, 0
    from {{ ref('stg_shiftboard__timecards') }}
),

weeks as (
    select
        worker_key,
        cast(date_trunc('week', day) as date) as week_starts_on,
        coalesce(sum(scheduled), 0) / 60.0 as scheduled_hours,
        coalesce(sum(unpaid_break), 0) / 60.0 as unpaid_break_hours,
        coalesce(sum(clocked), 0) / 60.0 as clocked_hours,
        coalesce(sum(on_timecards), 0) / 60.0 as timecard_hours,
        coalesce(sum(approved), 0) / 60.0 as approved_timecard_hours,
        {{ total('open_clock_entries') }} as open_clock_entries
    from entries
    where worker_key is not null and day is not null
    group by worker_key, cast(date_trunc('week', day) as date)
)

select
    weeks.worker_key,
    weeks.week_starts_on,
    'shiftboard' as vendor,
    split_part(weeks.worker_key, ':', 1) as account,
    worker.person_key,
    worker.full_name as worker_name,
    cast(weeks.scheduled_hours as double precision) as scheduled_hours,
    cast(weeks.unpaid_break_hours as double precision) as unpaid_break_hours,
    cast(weeks.clocked_hours as double precision) as clocked_hours,
    cast(weeks.timecard_hours as double precision) as timecard_hours,
    cast(weeks.approved_timecard_hours as double precision) as approved_timecard_hours,
    weeks.open_clock_entries
from weeks
left join {{ ref('person_records') }} as worker on worker.record_key = weeks.worker_key
