-- One row per customer record of a vendor: customers, and the clients for whom shifts are worked.
select
    customer_key,
    'servicebridge' as vendor,
    account,
    customer_id,
    name,
    email,
    phone,
    street,
    city,
    state,
    postal_code,
    country,
    is_active,
    balance,
    created_at,
    updated_at
from {{ ref('stg_servicebridge__customers') }}
union all
select customer_key, 'servicesidekick', account, customer_id, name, email, phone, billing_street, billing_city,
    billing_state, billing_postal_code, billing_country, is_active, balance, created_at, updated_at
from {{ ref('stg_servicesidekick__customers') }}
union all
select customer_key, 'notific', account, customer_id, name, email, phone, null, null, null, null, null, true, null, null,
    null
from {{ ref('stg_notific__customers') }}
union all
select customer_key, 'shiftboard', account, customer_id, name, email, phone, street, city, state, postal_code, country,
    true, null, null, null
from {{ ref('stg_shiftboard__clients') }}
