-- One row per location, each below another or none.
with locations as (
    {{ live_rows('bossdesk', 'locations', {
        'id': 'text', 'name': 'text', 'parent_id': 'text', 'created_at': 'timestamptz', 'updated_at': 'timestamptz',
    }) }}
)

select
    {{ key_of('location', 'id') }} as location_key,
    _account as account,
    id as location_id,
    name,
    {{ key_of('location', 'parent_id') }} as parent_location_key,
    created_at,
    updated_at
from locations
