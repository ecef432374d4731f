-- One row per location, a place of a customer.
with locations as (
    {{ live_rows('servicebridge', 'locations', {
        'id': 'text',
        'name': 'text',
        'customer__id': 'text',
        'address__line1': 'text',
        'address__city': 'text',
        'address__state': 'text',
        'address__postal_code': 'text',
        'address__country': 'text',
        'latitude': 'double precision',
        'longitude': 'double precision',
        'metadata__created_on': 'timestamptz',
        'metadata__updated_on': 'timestamptz',
    }) }}
)

select
    {{ key_of('location', 'id') }} as location_key,
    _account as account,
    id as location_id,
    name,
    {{ key_of('customer', 'customer__id') }} as customer_key,
    {{ filled('address__line1') }} as street,
    {{ filled('address__city') }} as city,
    {{ filled('address__state') }} as state,
    {{ filled('address__postal_code') }} as postal_code,
    {{ filled('address__country') }} as country,
    latitude,
    longitude,
    metadata__created_on as created_at,
    metadata__updated_on as updated_at
from locations
