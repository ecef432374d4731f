-- One row per worker and week of the account: hours in covered shifts, at the clock and on time cards, side by side.
{{ config(alias=var('prefix') ~ 'worker_hours_weekly', indexes=key_index(['worker_key', 'week_starts_on'], [['account', 'week_starts_on'], ['person_key']])) }}
{{ config(ignoring={'int_account_zones': ['today']}) }}
with entries as (
    select
        worker_key,
        account,
        local_date as day,
        scheduled_minutes as scheduled,
        unpaid_break_minutes as unpaid_break,
        cast(null as bigint) as clocked,
        cast(null as bigint) as overlapping,
        cast(null as bigint) as timecard_seconds,
        cast(null as bigint) as approved_seconds,
        0 as open_clock_entries,
        0 as unusable_clock_entries
    from {{ ref('fieldhouse', 'shifts') }}
    where is_covered and scheduled_minutes is not null
    union all
    select
        worker_key,
        account,
        local_date,
        null,
        null,
        counted_minutes,
        minutes - counted_minutes,
        null,
        null,
        case when is_open then 1 else 0 end,
        case when not is_open and not is_usable then 1 else 0 end
    from {{ ref('fieldhouse', 'int_clock_entries') }}
    union all
    select
        worker_key, account, local_date, null, null, null, null, seconds, case when is_approved then seconds end, 0, 0
    from {{ ref('fieldhouse', 'stg_shiftboard__timecards') }}
),

weeks as (
    select
        entries.worker_key,
        entries.account,
        {{ week_of('entries.day', 'zones.week_start') }} as week_starts_on,
        coalesce(sum(entries.scheduled), 0) / 60.0 as scheduled_hours,
        coalesce(sum(entries.unpaid_break), 0) / 60.0 as unpaid_break_hours,
        coalesce(sum(entries.clocked), 0) / 60.0 as clocked_hours,
        coalesce(sum(entries.overlapping), 0) / 60.0 as overlapping_clocked_hours,
        coalesce(sum(entries.timecard_seconds), 0) / 3600.0 as timecard_hours,
        coalesce(sum(entries.approved_seconds), 0) / 3600.0 as approved_timecard_hours,
        {{ total('entries.open_clock_entries') }} as open_clock_entries,
        {{ total('entries.unusable_clock_entries') }} as unusable_clock_entries
    from entries
    inner join {{ ref('fieldhouse', 'int_account_zones') }} as zones on zones.account = entries.account
    where entries.worker_key is not null and entries.day is not null
    group by entries.worker_key, entries.account, {{ week_of('entries.day', 'zones.week_start') }}
)

select
    weeks.worker_key,
    weeks.week_starts_on,
    'shiftboard' as vendor,
    weeks.account,
    worker.person_key,
    worker.full_name as worker_name,
    cast(weeks.scheduled_hours as double precision) as scheduled_hours,
    cast(weeks.unpaid_break_hours as double precision) as unpaid_break_hours,
    cast(weeks.clocked_hours as double precision) as clocked_hours,
    cast(weeks.overlapping_clocked_hours as double precision) as overlapping_clocked_hours,
    cast(weeks.timecard_hours as double precision) as timecard_hours,
    cast(weeks.approved_timecard_hours as double precision) as approved_timecard_hours,
    weeks.open_clock_entries,
    weeks.unusable_clock_entries
from weeks
left join {{ ref('fieldhouse', 'person_records') }} as worker on worker.record_key = weeks.worker_key
