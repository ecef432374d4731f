-- One row per technician and day that is off or in a week with shifts: minutes of shifts, null in a week without.
-- Weeks start as those of the technician's account do, which the first day of a week tells.
{{ config(ignoring={'int_account_zones': ['today'], 'calendar': ['is_today', 'days_from_now', 'weeks_from_now'], 'int_business_days': ['is_today', 'days_from_now']}) }}
with technicians as (
    select record_key as technician_key, account, person_key
    from {{ ref('fieldhouse', 'person_records') }}
    where vendor in ('servicebridge', 'servicesidekick')
),

shifts as (
    select
        person_key,
        local_date as day,
        sum(scheduled_minutes - least(unpaid_break_minutes, scheduled_minutes)) as minutes
    from {{ ref('fieldhouse', 'shifts') }}
    where is_covered and not is_declined and person_key is not null and local_date is not null and scheduled_minutes is not null
    group by person_key, local_date
),

shift_weeks as (
    select distinct shifts.person_key, {{ week_of('shifts.day', 'starts.week_start') }} as week
    from shifts
    cross join (select distinct week_start from {{ ref('fieldhouse', 'int_account_zones') }}) as starts
),

days_off as (
    select distinct time_off.person_key, days.day
    from {{ ref('fieldhouse', 'time_off') }} as time_off
    inner join {{ ref('fieldhouse', 'calendar') }} as days on days.day >= time_off.first_day and days.day <= time_off.last_day
    where time_off.state = 'approved' and time_off.person_key is not null
),

planned as (
    select technicians.technician_key, days.day, coalesce(shifts.minutes, 0) as minutes, false as is_off
    from shift_weeks
    inner join technicians on technicians.person_key = shift_weeks.person_key
    inner join {{ ref('fieldhouse', 'int_business_days') }} as days
        on days.account = technicians.account and days.week_starts_on = shift_weeks.week
    left join shifts on shifts.person_key = shift_weeks.person_key and shifts.day = days.day
    union all
    select technicians.technician_key, days_off.day, null, true
    from days_off
    inner join technicians on technicians.person_key = days_off.person_key
)

select
    technician_key,
    day,
    cast(max(minutes) as bigint) as shift_minutes,
    count(case when is_off then 1 end) > 0 as is_day_off
from planned
group by technician_key, day
