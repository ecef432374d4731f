-- One row per time card: hours that are to be paid, on the day on which they began.
with timecards as (
    {{ live_rows('shiftboard', 'timecards', {
        'id': 'text',
        'account': 'text',
        'workgroup': 'text',
        'shift': 'text',
        'start_date': 'text',
        'duration': 'text',
        'approved': 'boolean',
        'processed': 'boolean',
    }) }}
),

measured as (
    select
        *,
        {{ as_type("split_part(duration, ':', 1)", 'varchar', 'bigint') }} as hours,
        {{ as_type("split_part(duration, ':', 2)", 'varchar', 'bigint') }} as minutes,
        {{ as_type("split_part(duration, ':', 3)", 'varchar', 'bigint') }} as seconds
    from timecards
)

select
    {{ key_of('timecard', 'id') }} as timecard_key,
    _account as account,
    {{ key_of('account', id_or_none('account')) }} as worker_key,
    {{ key_of('workgroup', id_or_none('workgroup')) }} as workgroup_key,
    {{ key_of('shift', id_or_none('shift')) }} as shift_key,
    {{ as_type('left(start_date, 10)', 'varchar', 'date') }} as local_date,
    hours * 60 + minutes + coalesce(seconds, 0) / 60.0 as minutes,
    coalesce(approved, false) as is_approved,
    coalesce(processed, false) as is_processed
from measured
