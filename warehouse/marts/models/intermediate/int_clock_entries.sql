-- One row per clock entry: its minutes, and those of them that an earlier entry of the worker covers already.
{{ config(ignoring={'int_account_zones': ['today']}) }}
with entries as (
    select
        entry.timeclock_key,
        entry.account,
        entry.worker_key,
        entry.workgroup_key,
        entry.shift_key,
        coalesce(entry.local_date, {{ local_day('entry.clocked_in_at', 'zones.time_zone') }}) as local_date,
        entry.clocked_in_at,
        entry.clocked_out_at,
        entry.clocked_in_at is not null and entry.clocked_out_at is null
            and coalesce(entry.unreadable_columns, '') not like '%_clocked_out_utc%' as is_open,
        {{ is_span('entry.clocked_in_at', 'entry.clocked_out_at') }} as is_usable
    from {{ ref('fieldhouse', 'stg_shiftboard__timeclocks') }} as entry
    left join {{ ref('fieldhouse', 'int_account_zones') }} as zones on zones.account = entry.account
),

compared as (
    select
        *,
        max(case when is_usable then clocked_out_at end) over (
            partition by coalesce(worker_key, timeclock_key)
            order by clocked_in_at, {{ by_code('timeclock_key') }}
            rows between unbounded preceding and 1 preceding
        ) as covered_until
    from entries
)

select
    timeclock_key,
    account,
    worker_key,
    workgroup_key,
    shift_key,
    local_date,
    clocked_in_at,
    clocked_out_at,
    is_open,
    is_usable,
    case when is_usable then {{ minutes_between('clocked_in_at', 'clocked_out_at') }} end as minutes,
    case when is_usable then
        cast(floor({{ exact_minutes(
            'least(greatest(clocked_in_at, coalesce(covered_until, clocked_in_at)), clocked_out_at)', 'clocked_out_at'
        ) }}) as bigint)
    end as counted_minutes
from compared
