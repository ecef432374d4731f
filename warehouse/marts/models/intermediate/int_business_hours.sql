-- One row per account, day and stretch of business hours in it: from when to when, clock changes included.
{{ config(ignoring={'int_account_zones': ['today'], 'calendar': ['is_today', 'days_from_now', 'weeks_from_now']}) }}
with weekly as (
    {{ list_business_hours(all_vendors()) }}
),

holidays as (
    {{ list_holidays(all_vendors()) }}
),

-- hours that go over midnight belong to the day on which they open: a holiday's do not begin, those of its eve end
stretches as (
    select
        zones.account,
        zones.time_zone,
        calendar.day + weekly.day_offset as day,
        weekly.opens,
        weekly.closes
    from {{ ref('fieldhouse', 'int_account_zones') }} as zones
    cross join {{ ref('fieldhouse', 'calendar') }} as calendar
    inner join weekly on weekly.account = zones.account and weekly.weekday = calendar.weekday
    left join holidays on holidays.account = zones.account and holidays.day = calendar.day
    where holidays.day is null
),

moments as (
    select
        account,
        day,
        {{ moment_of("(cast(day as timestamp) + opens * interval '1 minute')", 'time_zone') }} as opens_at,
        {{ moment_of("(cast(day as timestamp) + closes * interval '1 minute')", 'time_zone') }} as closes_at
    from stretches
),

-- hours that overlap, as those over midnight and the next day's own, are one stretch: a minute counts once
compared as (
    select
        *,
        max(closes_at) over (
            partition by account, day order by opens_at, closes_at rows between unbounded preceding and 1 preceding
        ) as open_until
    from moments
    where closes_at > opens_at
),

numbered as (
    select
        *,
        sum(case when opens_at <= open_until then 0 else 1 end) over (
            partition by account, day order by opens_at, closes_at rows unbounded preceding
        ) as stretch
    from compared
),

merged as (
    select account, day, min(opens_at) as opens_at, max(closes_at) as closes_at
    from numbered
    group by account, day, stretch
)

select
    account,
    day,
    opens_at,
    closes_at,
    cast({{ exact_minutes('opens_at', 'closes_at') }} as double precision) as minutes
from merged
