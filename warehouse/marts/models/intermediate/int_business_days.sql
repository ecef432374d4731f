-- One row per account and day: when it begins and ends there, and its business minutes, clock changes included.
with hours as (
    select
        account,
        day,
        min(opens_at) as opens_at,
        max(closes_at) as closes_at,
        sum(minutes) as minutes
    from {{ ref('fieldhouse', 'int_business_hours') }}
    group by account, day
),

days as (
    select
        zones.account,
        zones.time_zone,
        calendar.day,
        {{ week_of('calendar.day', 'zones.week_start') }} as week_starts_on,
        calendar.day = zones.today as is_today,
        calendar.day - zones.today as days_from_now,
        {{ start_of_day('calendar.day', 'zones.time_zone') }} as starts_at,
        {{ start_of_day('(calendar.day + 1)', 'zones.time_zone') }} as ends_at,
        hours.opens_at,
        hours.closes_at,
        coalesce(hours.minutes, 0) as business_minutes
    from {{ ref('fieldhouse', 'int_account_zones') }} as zones
    cross join {{ ref('fieldhouse', 'calendar') }} as calendar
    left join hours on hours.account = zones.account and hours.day = calendar.day
)

select
    account,
    time_zone,
    day,
    week_starts_on,
    is_today,
    cast(days_from_now as bigint) as days_from_now,
    business_minutes > 0 as is_business_day,
    starts_at,
    ends_at,
    opens_at,
    closes_at,
    cast(business_minutes as double precision) as business_minutes,
    cast(coalesce(sum(business_minutes) over (
        partition by account order by day rows between unbounded preceding and 1 preceding
    ), 0) as double precision) as business_minutes_before
from days
