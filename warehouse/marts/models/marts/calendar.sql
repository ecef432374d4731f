-- One row per day, from the first year of any ticket, shift or job to the end of next year.
with moments as (
    select min(opened_at) as first_at from {{ ref('stg_bossdesk__tickets') }}
    union all
    select min(opened_at) from {{ ref('stg_notific__tickets') }}
    union all
    select min({{ start_of_day('local_date', "'UTC'") }}) from {{ ref('stg_shiftboard__shifts') }}
    union all
    select min({{ start_of_day('local_date', "'UTC'") }}) from {{ ref('stg_shiftboard__timecards') }}
    union all
    select min(created_at) from {{ ref('stg_servicebridge__work_orders') }}
    union all
    select min(starts_at) from {{ ref('stg_servicebridge__visits') }}
    union all
    select min(created_at) from {{ ref('stg_servicesidekick__jobs') }}
    union all
    select min(started_at) from {{ ref('stg_servicesidekick__time_entries') }}
),

present as (
    select {{ local_day(now(), "'" ~ var('zone') ~ "'") }} as today
),

-- a year that somebody mistyped (0202, 1900) must not make the calendar long
bounds as (
    select
        present.today,
        cast(date_trunc('year', least(
            cast(present.today as timestamp),
            coalesce(greatest(min(moments.first_at at time zone 'UTC'), timestamp '2000-01-01'), cast(present.today as timestamp))
        )) as date) as first_day,
        cast(date_trunc('year', cast(present.today as timestamp) + interval '2 years') as date) - 1 as last_day
    from present
    cross join moments
    group by present.today
),

days as (
    {{ days_from_to('first_day', 'last_day', 'bounds') }}
)

select
    days.day,
    cast(extract(year from days.day) as integer) as year,
    cast(extract(quarter from days.day) as integer) as quarter,
    cast(extract(month from days.day) as integer) as month,
    cast(extract(isodow from days.day) as integer) as weekday,
    cast(date_trunc('month', days.day) as date) as month_starts_on,
    cast(date_trunc('week', days.day) as date) as week_starts_on,
    cast(extract(isodow from days.day) as integer) in ({{ var('business_weekdays') | join(', ') }})
    {%- for holiday in var('holidays') %}
        and days.day <> date '{{ holiday }}'
    {%- endfor %} as is_business_day,
    days.day = bounds.today as is_today,
    days.day - bounds.today as days_from_now,
    cast((cast(date_trunc('week', days.day) as date) - cast(date_trunc('week', bounds.today) as date)) / 7 as integer)
        as weeks_from_now
from days
cross join bounds
