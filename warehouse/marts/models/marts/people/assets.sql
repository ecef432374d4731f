-- One row per thing that is kept: configuration items, assets at customers' places, resources of shifts.
{{ config(alias=var('prefix') ~ 'assets', indexes=key_index(['asset_key'], [['customer_key'], ['location_key']])) }}
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
    from {{ ref('fieldhouse', 'stg_bossdesk__cis') }}
    union all
    select asset_key, 'servicebridge', account, asset_id, 'customer asset', name, null, null, null, serial_number, null,
        location_key, customer_key, true, installed_at, warranty_ends_at, created_at, updated_at
    from {{ ref('fieldhouse', 'stg_servicebridge__assets') }}
    union all
    select asset_key, 'shiftboard', account, asset_id, 'resource', name, null, null, null, null, null, null, null, true,
        null, null, null, null
    from {{ ref('fieldhouse', 'stg_shiftboard__resources') }}
),

-- an incident of a thing is a ticket of that type that names it; all its tickets count as failures where no type says
asset_tickets as (
    select
        link.asset_key,
        count(*) as tickets,
        count(case when ticket.is_open then 1 end) as open_tickets,
        count(case when ticket.is_incident then 1 end) as incidents,
        min(case when ticket.is_incident then ticket.opened_at end) as first_incident_at,
        max(case when ticket.is_incident then ticket.opened_at end) as last_incident_at
    from {{ ref('fieldhouse', 'stg_bossdesk__ticket_cis') }} as link
    inner join (
        select ticket_key, is_open, opened_at, {{ lowered("coalesce(type, 'incident')") }} like '%incident%' as is_incident
        from {{ ref('fieldhouse', 'tickets') }}
        where state <> 'planned'
    ) as ticket on ticket.ticket_key = link.ticket_key
    group by link.asset_key
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
    thing.updated_at,
    coalesce(thing.warranty_ends_at > {{ now() }}, false) as is_under_warranty,
    case when thing.vendor = 'bossdesk' then coalesce(asset_tickets.tickets, 0) end as tickets,
    case when thing.vendor = 'bossdesk' then coalesce(asset_tickets.open_tickets, 0) end as open_tickets,
    case when thing.vendor = 'bossdesk' then coalesce(asset_tickets.incidents, 0) end as incidents,
    asset_tickets.first_incident_at,
    asset_tickets.last_incident_at,
    cast(case when asset_tickets.incidents > 1 then
        {{ exact_minutes('asset_tickets.first_incident_at', 'asset_tickets.last_incident_at') }} / 1440.0
        / (asset_tickets.incidents - 1)
    end as double precision) as mtbf_days
from things as thing
left join {{ ref('fieldhouse', 'locations') }} as location on location.location_key = thing.location_key
left join {{ ref('fieldhouse', 'customers') }} as customer on customer.customer_key = thing.customer_key
left join asset_tickets on asset_tickets.asset_key = thing.asset_key
