-- One row per account and month in which estimates were made: how many were won, lost and are open, and their value.
{{ config(alias=var('prefix') ~ 'estimate_conversion', indexes=key_index(['month_key'])) }}
select
    account || ':' || created_in_month as month_key,
    vendor,
    account,
    created_in_month as month,
    min(currency) as currency,
    count(*) as estimates,
    count(case when state = 'won' then 1 end) as won,
    count(case when state = 'lost' then 1 end) as lost,
    count(case when state = 'open' then 1 end) as open,
    count(case when state = 'expired' then 1 end) as expired,
    count(case when state = 'draft' then 1 end) as draft,
    {{ money("coalesce(sum(case when state = 'won' then total end), 0)") }} as won_value,
    {{ money("coalesce(sum(case when state = 'lost' then total end), 0)") }} as lost_value,
    {{ money("coalesce(sum(case when state = 'open' then total end), 0)") }} as open_value,
    cast(count(case when state = 'won' then 1 end) as double precision)
        / nullif(count(case when state in ('won', 'lost') then 1 end), 0) as win_rate,
    cast(sum(case when state = 'won' then total else 0 end) as double precision)
        / nullif(cast(sum(case when state in ('won', 'lost') then total else 0 end) as double precision), 0) as win_rate_by_value
from {{ ref('fieldhouse', 'estimates') }}
where created_in_month is not null
group by account, vendor, created_in_month
