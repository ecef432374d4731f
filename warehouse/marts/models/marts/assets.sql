-- One row per thing that is kept: configuration items, assets at customers' places, resources of shifts.
with things as (
    select
        asset_key,
        'bossdesk' as vendor,
        account,
        asset_id,
        'configuration item' as kind,
        name,
        type,
        status,
        model,
        serial_number,
        manufacturer,
        location_key,
        cast(null as text) as customer_key,
        is_active,
        cast(null as timestamptz) as installed_at,
        cast(null as timestamptz) as warranty_ends_at,
        created_at,
        updated_at
    from {{ ref('stg_bossdesk__cis') }}
    union all
    select asset_key, 'servicebridge', account, asset_id, 'customer asset', name, null, null, null, serial_number, null,
        location_key, customer_key, true, installed_at, warranty_ends_at, created_at, updated_at
    from {{ ref('stg_servicebridge__assets') }}
    union all
    select asset_key, 'shiftboard', account, asset_id, 'resource', name, null, null, null, null, null, null, null, true,
        null, null, null, null
    from {{ ref('stg_shiftboard__resources') }}
)

-- a place or customer that the vendor deleted is no longer referred to
select
    thing.asset_key,
    thing.vendor,
    thing.account,
    thing.asset_id,
    thing.kind,
    thing.name,
    thing.type,
    thing.status,
    thing.model,
    thing.serial_number,
    thing.manufacturer,
    location.location_key,
    customer.customer_key,
    thing.is_active,
    thing.installed_at,
    thing.warranty_ends_at,
    thing.created_at,
    thing.updated_at
from things as thing
left join {{ ref('locations') }} as location on location.location_key = thing.location_key
left join {{ ref('customers') }} as customer on customer.customer_key = thing.customer_key
