-- One row per customer.
with customers as (
    {{ live_rows('servicebridge', 'customers', {
        'id': 'text',
        'name': 'text',
        'email': 'text',
        'phone': 'text',
        'billing_address__line1': 'text',
        'billing_address__city': 'text',
        'billing_address__state': 'text',
        'billing_address__postal_code': 'text',
        'billing_address__country': 'text',
        'is_active': 'boolean',
        'balance': 'numeric(18, 2)',
        'metadata__created_on': 'timestamptz',
        'metadata__updated_on': 'timestamptz',
    }) }}
)

select
    {{ key_of('customer', 'id') }} as customer_key,
    _account as account,
    id as customer_id,
    name,
    {{ filled('email') }} as email,
    {{ filled('phone') }} as phone,
    billing_address__line1 as street,
    billing_address__city as city,
    billing_address__state as state,
    billing_address__postal_code as postal_code,
    billing_address__country as country,
    coalesce(is_active, true) as is_active,
    balance,
    metadata__created_on as created_at,
    metadata__updated_on as updated_at,
    _unreadable as unreadable_columns
from customers
