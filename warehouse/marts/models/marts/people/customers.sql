-- One row per customer record of a vendor: customers, and the clients for whom shifts are worked.
{{ config(alias=var('prefix') ~ 'customers', indexes=key_index(['customer_key'], [['party_key']])) }}
{{ config(ignoring={'int_account_zones': ['today']}) }}
with records as (
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
        updated_at,
        cast(null as text) as page
    from {{ ref('fieldhouse', 'stg_servicebridge__customers') }}
    union all
    select customer_key, 'servicesidekick', account, customer_id, name, email, phone, billing_street, billing_city,
        billing_state, billing_postal_code, billing_country, is_active, balance, created_at, updated_at,
        '/customers/' || number
    from {{ ref('fieldhouse', 'stg_servicesidekick__customers') }}
    union all
    select customer_key, 'notific', account, customer_id, name, email, phone, null, null, null, null, null, true, null, null,
        null, null
    from {{ ref('fieldhouse', 'stg_notific__customers') }}
    union all
    select customer_key, 'shiftboard', account, customer_id, name, email, phone, street, city, state, postal_code, country,
        true, null, null, null, null
    from {{ ref('fieldhouse', 'stg_shiftboard__clients') }}
),

comparable as (
    select
        customer_key as record_key,
        account,
        'customer' as kind,
        {{ comparable_company('name') }} as name_key,
        is_active,
        {{ comparable_email('email') }} as email,
        {{ comparable_phone('phone') }} as phone,
        {{ comparable_name("nullif(street, '') || ' ' || nullif(postal_code, '')") }} as address
    from records
),

-- strangers share an address or a number, so only one of the same name joins two customers
identifiers as (
    select record_key, 'e-mail' as reason, name_key || ' ' || email as identifier from comparable
    union all
    select record_key, 'phone', name_key || ' ' || phone from comparable
    union all
    select record_key, 'address', name_key || ' ' || address from comparable
),

{{ identity('comparable', 'identifiers', 'e-mail', var('customer_overrides')) }}

select
    records.customer_key,
    'party:' || identities.first_record_key as party_key,
    records.vendor,
    records.account,
    records.customer_id,
    records.name,
    records.email,
    records.phone,
    records.street,
    records.city,
    records.state,
    records.postal_code,
    records.country,
    records.is_active,
    records.balance,
    zones.currency,
    records.created_at,
    records.updated_at,
    identities.match_reason,
    identities.match_confidence,
    zones.address || records.page as _url
from records
inner join identities on identities.record_key = records.customer_key
left join {{ ref('fieldhouse', 'int_account_zones') }} as zones on zones.account = records.account
