-- One row per client for whom shifts are worked.
with clients as (
    {{ live_rows('shiftboard', 'clients', {
        'id': 'text',
        'name': 'text',
        'contact_email': 'text',
        'contact_phone': 'text',
        'address': 'text',
        'city': 'text',
        'state': 'text',
        'zip': 'text',
        'country': 'text',
    }) }}
)

select
    {{ key_of('client', 'id') }} as customer_key,
    _account as account,
    id as customer_id,
    name,
    {{ filled('contact_email') }} as email,
    {{ filled('contact_phone') }} as phone,
    {{ filled('address') }} as street,
    {{ filled('city') }} as city,
    {{ filled('state') }} as state,
    {{ filled('zip') }} as postal_code,
    {{ filled('country') }} as country
from clients
