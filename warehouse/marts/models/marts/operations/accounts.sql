-- One row per account of a vendor: its time zone, hours and currency, and since when a history is kept.
{{ config(alias=var('prefix') ~ 'accounts', indexes=key_index(['account'])) }}
with histories as (
    select account, min(valid_from) as history_since
    from (
        select account, valid_from from {{ ref('fieldhouse', 'stg_bossdesk__ticket_versions') }}
        union all
        select account, valid_from from {{ ref('fieldhouse', 'stg_notific__ticket_versions') }}
        union all
        select account, valid_from from {{ ref('fieldhouse', 'stg_servicebridge__work_order_versions') }}
        union all
        select account, valid_from from {{ ref('fieldhouse', 'stg_servicesidekick__job_versions') }}
    ) as versions
    group by account
),

weeks as (
    select account, cast(round(cast(avg(business_minutes) * 7 / 60 as numeric(18, 6)), 1) as double precision) as business_hours_per_week
    from {{ ref('fieldhouse', 'int_business_days') }}
    where days_from_now between -365 and 0
    group by account
)

select
    zones.account,
    zones.vendor,
    zones.name,
    zones.time_zone,
    zones.zone_source,
    zones.today,
    zones.week_start,
    weeks.business_hours_per_week,
    zones.currency,
    histories.history_since
from {{ ref('fieldhouse', 'int_account_zones') }} as zones
left join weeks on weeks.account = zones.account
left join histories on histories.account = zones.account
