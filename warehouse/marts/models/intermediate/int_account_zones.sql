-- One row per account of any vendor: its time zone, who told it, the day that it is there now, and how its weeks start.
{{ config(time_grain='day') }}
with accounts as (
    {{ list_accounts(all_vendors()) }}
),

zones_set as (
    {{ list_settings(var('zones')) }}
),

weeks_set as (
    {{ list_settings(var('week_starts')) }}
),

currencies_set as (
    {{ list_settings(var('currencies')) }}
),

addresses_set as (
    {{ list_settings(var('addresses')) }}
),

zones_told as (
    select
        account.account,
        coalesce(zones.time_zone, {{ known_zone('account.rails_time_zone') }}) as time_zone,
        account.currency,
        account.name,
        account.host
    from {{ ref('fieldhouse', 'stg_bossdesk__account') }} as account
    left join {{ ref('fieldhouse', 'rails_time_zones') }} as zones on zones.rails_name = account.rails_time_zone
    union all
    select account, time_zone, null, null, null
    from {{ ref('fieldhouse', 'stg_shiftboard__organization_zone') }}
),

zones as (
    select
        accounts.account,
        max(zones_told.name) as name,
        coalesce(min(zones_set.value), min(zones_told.time_zone), '{{ var("zone") }}') as time_zone,
        case
            when min(zones_set.value) is not null then 'setting'
            when min(zones_told.time_zone) is not null then 'vendor'
            else 'default'
        end as zone_source,
        coalesce(min(cast(weeks_set.value as integer)), {{ var('week_start') }}) as week_start,
        rtrim(coalesce(min(addresses_set.value), 'https://' || min(zones_told.host)), '/') as address,
        coalesce(min(currencies_set.value), min(zones_told.currency)
            {{- ", '" ~ var('currency') ~ "'" if var('currency') }}) as currency
    from accounts
    left join zones_set on zones_set.account = accounts.account
    left join weeks_set on weeks_set.account = accounts.account
    left join currencies_set on currencies_set.account = accounts.account
    left join addresses_set on addresses_set.account = accounts.account
    left join zones_told on zones_told.account = accounts.account
    group by accounts.account
)

select
    account,
    {{ vendor_of('account') }} as vendor,
    name,
    time_zone,
    zone_source,
    week_start,
    currency,
    address,
    {{ local_day(now(), 'time_zone') }} as today
from zones
