-- One row per customer, with the address where the work is done.
with customers as (
    {{ live_rows('servicesidekick', 'customers', {
        'id': 'text',
        'name': 'text',
        'email_address': 'text',
        'phone_number': 'text',
        'billing_address': 'text',
        'billing_city': 'text',
        'billing_state': 'text',
        'billing_zip_code': 'text',
        'billing_country': 'text',
        'service_address': 'text',
        'service_city': 'text',
        'service_state': 'text',
        'service_zip_code': 'text',
        'service_country': 'text',
        'latitude': 'double precision',
        'longitude': 'double precision',
        'is_active': 'boolean',
        'balance': 'numeric(18, 2)',
        'deleted_at': 'timestamptz',
        'created_at': 'timestamptz',
        'updated_at': 'timestamptz',
    }) }}
)

select
    {{ key_of('customer', 'id') }} as customer_key,
    {{ key_of('service_address', 'id') }} as location_key,
    _account as account,
    id as customer_id,
    name,
    {{ filled('email_address') }} as email,
    {{ filled('phone_number') }} as phone,
    {{ filled('billing_address') }} as billing_street,
    {{ filled('billing_city') }} as billing_city,
    {{ filled('billing_state') }} as billing_state,
    {{ filled('billing_zip_code') }} as billing_postal_code,
    {{ filled('billing_country') }} as billing_country,
    {{ filled('service_address') }} as service_street,
    {{ filled('service_city') }} as service_city,
    {{ filled('service_state') }} as service_state,
    {{ filled('service_zip_code') }} as service_postal_code,
    {{ filled('service_country') }} as service_country,
    latitude,
    longitude,
    coalesce(is_active, true) as is_active,
    balance,
    created_at,
    updated_at
from customers
where deleted_at is null
