-- One row per place: where assets stand, shifts take place, and customers are served.
{{ config(alias=var('prefix') ~ 'locations', indexes=key_index(['location_key'], [['customer_key']])) }}
with places as (
    select
        location_key,
        'bossdesk' as vendor,
        account,
        location_id,
        'site' as kind,
        name,
        parent_location_key,
        cast(null as text) as customer_key,
        cast(null as text) as street,
        cast(null as text) as city,
        cast(null as text) as state,
        cast(null as text) as postal_code,
        cast(null as text) as country,
        cast(null as double precision) as latitude,
        cast(null as double precision) as longitude
    from {{ ref('fieldhouse', 'stg_bossdesk__locations') }}
    union all
    select location_key, 'shiftboard', account, location_id, 'site', name, null, null, street, city, state, postal_code,
        country, null, null
    from {{ ref('fieldhouse', 'stg_shiftboard__locations') }}
    union all
    select location_key, 'servicebridge', account, location_id, 'customer site', name, null, customer_key, street, city,
        state, postal_code, country, latitude, longitude
    from {{ ref('fieldhouse', 'stg_servicebridge__locations') }}
    union all
    select location_key, 'servicesidekick', account, customer_id, 'service address', name, null, customer_key,
        service_street, service_city, service_state, service_postal_code, service_country, latitude, longitude
    from {{ ref('fieldhouse', 'stg_servicesidekick__customers') }}
)

-- a place or customer that the vendor deleted is no longer referred to
select
    place.location_key,
    place.vendor,
    place.account,
    place.location_id,
    place.kind,
    place.name,
    parent.location_key as parent_location_key,
    customer.customer_key,
    place.street,
    place.city,
    place.state,
    place.postal_code,
    place.country,
    place.latitude,
    place.longitude
from places as place
left join places as parent on parent.location_key = place.parent_location_key
left join {{ ref('fieldhouse', 'customers') }} as customer on customer.customer_key = place.customer_key
