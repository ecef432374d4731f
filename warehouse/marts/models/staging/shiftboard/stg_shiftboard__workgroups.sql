-- One row per workgroup, the team to which shifts belong; deleted ones stay, for they name the shifts of their time.
with workgroups as (
    {{ live_rows('shiftboard', 'workgroups', {
        'id': 'text', 'name': 'text', 'code': 'text', 'timezone': 'text', '_deleted_at': 'timestamptz',
    }, deleted_too=true) }}
)

select
    {{ key_of('workgroup', 'id') }} as workgroup_key,
    _account as account,
    id as workgroup_id,
    {{ filled('name') }} as name,
    {{ filled('code') }} as code,
    {{ filled('timezone') }} as time_zone_label,
    _deleted_at is null as is_active
from workgroups
