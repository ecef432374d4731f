-- One row per day, from the first year of any ticket, shift or job to the end of next year.
{{ config(alias=var('prefix') ~ 'calendar', indexes=key_index(['day'])) }}
{{ config(time_grain='day', ignoring={'int_account_zones': ['today']}) }}
with moments as (
    select account, min({{ in_calendar('opened_at') }}) as first_at, false as is_date
    from {{ ref('fieldhouse', 'stg_bossdesk__tickets') }}
    group by account
    union all
    select account, min({{ in_calendar('opened_at') }}), false
    from {{ ref('fieldhouse', 'stg_notific__tickets') }}
    group by account
    union all
    select account, min({{ in_calendar(start_of_day('local_date', "'UTC'")) }}), true
    from {{ ref('fieldhouse', 'stg_shiftboard__shifts') }}
    group by account
    union all
    select account, min({{ in_calendar(start_of_day('local_date', "'UTC'")) }}), true
    from {{ ref('fieldhouse', 'stg_shiftboard__timecards') }}
    group by account
    union all
    select account, min({{ in_calendar('created_at') }}), false
    from {{ ref('fieldhouse', 'stg_servicebridge__work_orders') }}
    group by account
    union all
    select account, min({{ in_calendar('starts_at') }}), false
    from {{ ref('fieldhouse', 'stg_servicebridge__visits') }}
    group by account
    union all
    select account, min({{ in_calendar('invoiced_at') }}), true
    from {{ ref('fieldhouse', 'stg_servicebridge__invoices') }}
    group by account
    union all
    select account, min({{ in_calendar('paid_at') }}), true
    from {{ ref('fieldhouse', 'stg_servicebridge__payments') }}
    group by account
    union all
    select account, min({{ in_calendar('created_at') }}), false
    from {{ ref('fieldhouse', 'stg_servicesidekick__jobs') }}
    group by account
    union all
    select account, min({{ in_calendar('started_at') }}), false
    from {{ ref('fieldhouse', 'stg_servicesidekick__time_entries') }}
    group by account
),

-- a ticket of the first hours of a year by UTC is of the year before where it is still that
first_days as (
    select min(case
        when moments.is_date then {{ day_of('moments.first_at', 'zones.time_zone') }}
        else {{ local_day('moments.first_at', 'zones.time_zone') }}
    end) as day
    from moments
    inner join {{ ref('fieldhouse', 'int_account_zones') }} as zones on zones.account = moments.account
),

present as (
    select {{ local_day(now(), "'" ~ var('zone') ~ "'") }} as today
),

-- a year before 2000 is mistyped and does not make the calendar long; the row counts on the first day
bounds as (
    select
        present.today,
        cast(date_trunc('year', least(
            cast(present.today as timestamp), coalesce(cast(first_days.day as timestamp), cast(present.today as timestamp))
        )) as date) as first_day,
        cast(date_trunc('year', cast(present.today as timestamp) + interval '2 years') as date) - 1 as last_day
    from present
    cross join first_days
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
    {{ week_of('days.day', var('week_start')) }} as week_starts_on,
    cast(extract(isodow from days.day) as integer) in ({{ (hours_of('') | list or [0]) | join(', ') }})
    {%- for holiday in var('holidays') %}
        and days.day <> date '{{ holiday }}'
    {%- endfor %} as is_business_day,
    days.day = bounds.today as is_today,
    cast(days.day - bounds.today as bigint) as days_from_now,
    cast(({{ week_of('days.day', var('week_start')) }} - {{ week_of('bounds.today', var('week_start')) }}) / 7 as integer)
        as weeks_from_now
from days
cross join bounds
