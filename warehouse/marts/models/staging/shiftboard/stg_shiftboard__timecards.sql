-- One row per time card: hours that are to be paid, on the day on which they began.
with timecards as (
    {{ live_rows('shiftboard', 'timecards', {
        'id': 'text',
        'account': 'text',
        'workgroup': 'text',
        'shift': 'text',
        'start_date': 'date',
        '_duration_seconds': 'bigint',
        'approved': 'boolean',
        'processed': 'boolean',
    }) }}
)

select
    {{ key_of('timecard', 'id') }} as timecard_key,
    _account as account,
    {{ key_of('account', id_or_none('account')) }} as worker_key,
    {{ key_of('workgroup', id_or_none('workgroup')) }} as workgroup_key,
    {{ key_of('shift', id_or_none('shift')) }} as shift_key,
    start_date as local_date,
    case when _duration_seconds between 0 and 604800 then _duration_seconds end as seconds,
    coalesce(approved, false) as is_approved,
    coalesce(processed, false) as is_processed,
    nullif(concat_ws(', ', _unreadable, case when _duration_seconds not between 0 and 604800 then 'duration' end), '')
        as unreadable_columns
from timecards
