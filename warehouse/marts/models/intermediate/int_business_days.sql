-- One row per time zone and day: when the day and its business hours begin and end there, clock changes included.
{%- if var('business_opens') >= var('business_closes') -%}
    {{ exceptions.raise_compiler_error('vars: business_opens must be before business_closes, as "09:00" and "17:00"') }}
{%- endif %}
with zones as (
    select distinct time_zone from {{ ref('int_account_zones') }}
),

days as (
    select
        zones.time_zone,
        calendar.day,
        calendar.is_business_day,
        {{ start_of_day('calendar.day', 'zones.time_zone') }} as starts_at,
        {{ start_of_day('(calendar.day + 1)', 'zones.time_zone') }} as ends_at,
        (calendar.day + time '{{ var("business_opens") }}') at time zone zones.time_zone as opens_at,
        (calendar.day + time '{{ var("business_closes") }}') at time zone zones.time_zone as closes_at
    from zones
    cross join {{ ref('calendar') }} as calendar
),

measured as (
    select
        *,
        case when is_business_day then {{ minutes_between('opens_at', 'closes_at') }} else 0 end as business_minutes
    from days
)

select
    time_zone,
    day,
    is_business_day,
    starts_at,
    ends_at,
    opens_at,
    closes_at,
    business_minutes,
    cast(coalesce(sum(business_minutes) over (
        partition by time_zone order by day rows between unbounded preceding and 1 preceding
    ), 0) as bigint) as business_minutes_before
from measured
