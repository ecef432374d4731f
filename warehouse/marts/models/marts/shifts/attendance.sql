-- One row per covered shift and the person who covers it: what was planned, clocked and on time cards, and how it went.
{{ config(alias=var('prefix') ~ 'attendance', indexes=key_index(['shift_key'], [['account', 'local_date'], ['person_key']])) }}
with clocked as (
    select
        shift_key,
        {{ total('counted_minutes') }} as minutes,
        min(case when is_usable or is_open then clocked_in_at end) as clocked_in_at,
        max(case when is_usable then clocked_out_at end) as clocked_out_at
    from {{ ref('fieldhouse', 'int_clock_entries') }}
    where shift_key is not null
    group by shift_key
),

timecards as (
    select shift_key, sum(seconds) as seconds
    from {{ ref('fieldhouse', 'stg_shiftboard__timecards') }}
    where shift_key is not null
    group by shift_key
),

joined as (
    select
        shift.*,
        coalesce({{ over_at('shift') }} < {{ now() }}, false) as is_over,
        clocked.minutes as clocked_minutes,
        clocked.clocked_in_at,
        clocked.clocked_out_at,
        cast(floor(timecards.seconds / 60.0) as bigint) as timecard_minutes,
        coalesce(shift.arrived_at, clocked.clocked_in_at) as came_at,
        coalesce(shift.left_at, clocked.clocked_out_at) as went_at
    from {{ ref('fieldhouse', 'shifts') }} as shift
    left join clocked on clocked.shift_key = shift.shift_key
    left join timecards on timecards.shift_key = shift.shift_key
    where shift.is_covered
)

select
    shift_key,
    vendor,
    account,
    worker_key,
    person_key,
    worker_name,
    workgroup_key,
    workgroup,
    local_date,
    starts_at,
    ends_at,
    is_over,
    case
        when is_declined then 'declined'
        when is_absent then 'absent'
        when is_over then 'attended'
        else 'planned'
    end as state,
    is_over and not is_absent and not is_declined as is_attended,
    is_absent,
    absent_reason,
    is_acknowledged,
    is_declined,
    decline_reason,
    scheduled_minutes,
    clocked_in_at,
    clocked_out_at,
    clocked_minutes,
    timecard_minutes,
    case when not is_all_day and starts_at is not null and came_at is not null then
        coalesce({{ minutes_between('starts_at', 'came_at') }}, 0)
    end
    as late_minutes,
    coalesce(not is_all_day and {{ minutes_between('starts_at', 'came_at') }} > 0, false) as is_late,
    case when not is_all_day and ends_at is not null and went_at is not null then
        coalesce({{ minutes_between('went_at', 'ends_at') }}, 0)
    end as left_early_minutes,
    coalesce(clocked_minutes, timecard_minutes) - scheduled_minutes as worked_minus_scheduled_minutes
from joined
