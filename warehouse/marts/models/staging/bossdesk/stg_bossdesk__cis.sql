-- One row per configuration item: a device, a licence or another thing that the help desk keeps.
with cis as (
    {{ live_rows('bossdesk', 'cis', {
        'id': 'text',
        'name': 'text',
        'type__name': 'text',
        'status__name': 'text',
        'model': 'text',
        'serial_number': 'text',
        'manufacturer__name': 'text',
        'location__id': 'text',
        'archived_at': 'timestamptz',
        'created_at': 'timestamptz',
        'updated_at': 'timestamptz',
    }) }}
)

select
    {{ key_of('ci', 'id') }} as asset_key,
    _account as account,
    id as asset_id,
    name,
    type__name as type,
    status__name as status,
    {{ filled('model') }} as model,
    {{ filled('serial_number') }} as serial_number,
    manufacturer__name as manufacturer,
    {{ key_of('location', 'location__id') }} as location_key,
    archived_at is null as is_active,
    created_at,
    updated_at
from cis
