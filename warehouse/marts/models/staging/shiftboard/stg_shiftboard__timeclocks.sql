-- One row per clock entry; `clocked_out_at` is null while somebody is at work.
with timeclocks as (
    {{ live_rows('shiftboard', 'timeclocks', {
        'id': 'text',
        'account': 'text',
        'workgroup': 'text',
        'shift': 'text',
        'clocked_in_local': 'text',
        'timezone': 'text',
        '_clocked_in_utc': 'timestamptz',
        '_clocked_out_utc': 'timestamptz',
    }) }}
)

select
    {{ key_of('timeclock', 'id') }} as timeclock_key,
    _account as account,
    {{ key_of('account', id_or_none('account')) }} as worker_key,
    {{ key_of('workgroup', id_or_none('workgroup')) }} as workgroup_key,
    {{ key_of('shift', id_or_none('shift')) }} as shift_key,
    {{ as_type('left(clocked_in_local, 10)', 'varchar', 'date') }} as local_date,
    _clocked_in_utc as clocked_in_at,
    _clocked_out_utc as clocked_out_at,
    {{ filled('timezone') }} as time_zone_label,
    {{ unreadable_and({'clocked_in_local': as_type('left(clocked_in_local, 10)', 'varchar', 'date')}) }} as unreadable_columns
from timeclocks
