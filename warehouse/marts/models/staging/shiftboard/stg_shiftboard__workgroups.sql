-- One row per workgroup, the team to which shifts belong.
with workgroups as (
    {{ live_rows('shiftboard', 'workgroups', {'id': 'text', 'name': 'text', 'code': 'text', 'timezone': 'text'}) }}
)

select
    {{ key_of('workgroup', 'id') }} as workgroup_key,
    _account as account,
    id as workgroup_id,
    {{ filled('name') }} as name,
    {{ filled('code') }} as code,
    {{ filled('timezone') }} as time_zone_label
from workgroups
