-- One row per location where shifts take place.
with locations as (
    {{ live_rows('shiftboard', 'locations', {
        'id': 'text', 'name': 'text', 'address': 'text', 'city': 'text', 'state': 'text', 'zip': 'text', 'country': 'text',
    }) }}
)

select
    {{ key_of('location', 'id') }} as location_key,
    _account as account,
    id as location_id,
    name,
    {{ filled('address') }} as street,
    {{ filled('city') }} as city,
    {{ filled('state') }} as state,
    {{ filled('zip') }} as postal_code,
    {{ filled('country') }} as country
from locations
