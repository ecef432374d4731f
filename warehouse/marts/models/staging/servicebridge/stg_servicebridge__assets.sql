-- One row per asset: a thing at a customer's place.
with assets as (
    {{ live_rows('servicebridge', 'assets', {
        'id': 'text',
        'name': 'text',
        'customer__id': 'text',
        'location__id': 'text',
        'serial_number': 'text',
        'installed_on': 'timestamptz',
        'warranty_months': 'bigint',
        'metadata__created_on': 'timestamptz',
        'metadata__updated_on': 'timestamptz',
    }) }}
)

select
    {{ key_of('asset', 'id') }} as asset_key,
    _account as account,
    id as asset_id,
    name,
    {{ key_of('customer', 'customer__id') }} as customer_key,
    {{ key_of('location', 'location__id') }} as location_key,
    {{ filled('serial_number') }} as serial_number,
    installed_on as installed_at,
    installed_on + {{ length_within('warranty_months', 1200) }} * interval '1 month' as warranty_ends_at,
    metadata__created_on as created_at,
    metadata__updated_on as updated_at,
    _unreadable as unreadable_columns
from assets
