-- One row per person: the records of all vendors that an e-mail address or a phone number says are one.
{{ config(alias=var('prefix') ~ 'people', indexes=key_index(['person_key'])) }}
with records as (
    select
        *,
        row_number() over (
            partition by person_key
            order by case when is_active then 0 else 1 end, case when full_name is null then 1 else 0 end,
                {{ by_code('record_key') }}
        ) as place
    from {{ ref('fieldhouse', 'person_records') }}
)

select
    person_key,
    max(case when place = 1 then full_name end) as full_name,
    {{ first_text(lowered('email')) }} as email,
    {{ first_text('phone') }} as phone,
    bool_or(is_active) as is_active,
    count(*) as records,
    count(distinct vendor) as vendors,
    string_agg(distinct vendor, ', ' order by vendor) as vendor_names,
    case
        when count(*) = 1 then 'alone'
        when bool_or(match_reason like '%manual%') then 'manual'
        when bool_or(match_reason = 'e-mail and phone')
            or (bool_or(match_reason = 'e-mail') and bool_or(match_reason = 'phone')) then 'e-mail and phone'
        else min(match_reason)
    end as match_reason,
    case
        when count(*) = 1 then null
        when bool_or(match_confidence = 'low') then 'low'
        when bool_or(match_confidence = 'medium') then 'medium'
        else min(match_confidence)
    end as match_confidence,
    count(distinct {{ lowered('full_name') }}) <= 1 as has_one_name
from records
group by person_key
