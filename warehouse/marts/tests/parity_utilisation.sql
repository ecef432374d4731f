-- The weeks add up to the days of the technicians, and these to what is worked on visits.
with weeks as (
    select account, sum(available_minutes) as available, sum(worked_minutes) as worked from {{ ref('fieldhouse', 'utilisation_weekly') }} group by account
),

days as (
    select days.account, sum(days.available_minutes) as available, sum(days.worked_minutes) as worked
    from {{ ref('fieldhouse', 'technician_days') }} as days
    inner join {{ ref('fieldhouse', 'int_account_zones') }} as zones on zones.account = days.account
    where days.day <= zones.today
    group by days.account
)

select days.account, days.available, weeks.available as in_weeks
from days
left join weeks on weeks.account = days.account
where days.available <> coalesce(weeks.available, -1) or days.worked <> coalesce(weeks.worked, -1)
