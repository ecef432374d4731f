-- One row per customer, put together from the records of all vendors that a name and an address or number say are one.
{{ config(alias=var('prefix') ~ 'parties', indexes=key_index(['party_key'])) }}
with records as (
    select
        *,
        row_number() over (
            partition by party_key
            order by case when is_active then 0 else 1 end, case when name is null then 1 else 0 end,
                {{ by_code('customer_key') }}
        ) as place
    from {{ ref('fieldhouse', 'customers') }}
)

select
    party_key,
    max(case when place = 1 then name end) as name,
    {{ first_text(lowered('email')) }} as email,
    {{ first_text('phone') }} as phone,
    bool_or(is_active) as is_active,
    count(*) as records,
    count(distinct vendor) as vendors,
    string_agg(distinct vendor, ', ' order by vendor) as vendor_names,
    case
        when count(*) = 1 then 'alone'
        when bool_or(match_reason like '%manual%') then 'manual'
        else min(match_reason)
    end as match_reason,
    case
        when count(*) = 1 then null
        when bool_or(match_confidence = 'low') then 'low'
        when bool_or(match_confidence = 'medium') then 'medium'
        else min(match_confidence)
    end as match_confidence
from records
group by party_key
