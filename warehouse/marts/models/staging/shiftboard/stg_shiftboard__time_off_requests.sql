-- One row per request for time off.
with requests as (
    {{ live_rows('shiftboard', 'time_off_requests', {
        'id': 'text',
        'member': 'text',
        'workgroup': 'text',
        'start_date': 'text',
        'end_date': 'text',
        'timezone': 'text',
        'status': 'bigint',
        'paid': 'boolean',
        '_start_date_utc': 'timestamptz',
        '_end_date_utc': 'timestamptz',
    }) }}
)

select
    {{ key_of('time_off_request', 'id') }} as time_off_key,
    _account as account,
    id as time_off_id,
    {{ key_of('account', id_or_none('member')) }} as worker_key,
    {{ key_of('workgroup', id_or_none('workgroup')) }} as workgroup_key,
    {{ as_type('left(start_date, 10)', 'varchar', 'date') }} as first_day,
    {{ as_type('left(end_date, 10)', 'varchar', 'date') }} as last_day,
    {{ as_type('start_date', 'varchar', 'timestamp') }} as local_start,
    {{ as_type('end_date', 'varchar', 'timestamp') }} as local_end,
    coalesce(length(start_date) = 10, false) as is_all_day,
    _start_date_utc as starts_at,
    _end_date_utc as ends_at,
    {{ filled('timezone') }} as time_zone_label,
    case status when 0 then 'requested' when 2 then 'approved' when 3 then 'denied' end as state,
    paid as is_paid,
    {{ unreadable_and({'start_date': as_type('left(start_date, 10)', 'varchar', 'date'), 'end_date': as_type('left(end_date, 10)', 'varchar', 'date')}) }}
        as unreadable_columns
from requests
