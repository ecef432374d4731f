-- One row per shift as the vendor splits them: a covered row is one person's assignment, an open one has `positions`.
with shifts as (
    {{ live_rows('shiftboard', 'shifts', {
        'id': 'text',
        'workgroup': 'text',
        'subject': 'text',
        'timezone': 'text',
        'start_date': 'text',
        'end_date': 'text',
        '_start_date_utc': 'timestamptz',
        '_end_date_utc': 'timestamptz',
        'dur_hrs': 'bigint',
        'dur_mins': 'bigint',
        'count': 'bigint',
        'covered': 'boolean',
        'covering_member': 'text',
        'published': 'boolean',
        'urgent': 'boolean',
        'role': 'text',
        'location': 'text',
        'client': 'text',
        'created': 'timestamptz',
        'updated': 'timestamptz',
    }) }}
)

select
    {{ key_of('shift', 'id') }} as shift_key,
    _account as account,
    id as shift_id,
    {{ key_of('workgroup', id_or_none('workgroup')) }} as workgroup_key,
    {{ filled('subject') }} as subject,
    {{ filled('timezone') }} as time_zone_label,
    {{ as_type('left(start_date, 10)', 'varchar', 'date') }} as local_date,
    _start_date_utc as starts_at,
    coalesce(
        _end_date_utc,
        _start_date_utc + nullif(coalesce(dur_hrs, 0) * 60 + coalesce(dur_mins, 0), 0) * interval '1 minute'
    ) as ends_at,
    length(start_date) = 10 as is_all_day,
    coalesce(count, 1) as positions,
    coalesce(covered, false) as is_covered,
    {{ key_of('account', id_or_none('covering_member')) }} as worker_key,
    coalesce(published, true) as is_published,
    coalesce(urgent, false) as is_urgent,
    {{ key_of('role', id_or_none('role')) }} as role_key,
    {{ key_of('location', id_or_none('location')) }} as location_key,
    {{ key_of('client', id_or_none('client')) }} as customer_key,
    created as created_at,
    updated as updated_at
from shifts
