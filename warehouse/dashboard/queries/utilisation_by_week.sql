-- One row per week (Monday): hours that technicians worked, those that were billable, and their business hours.
select
    cast(date_trunc('week', day) as date) as week,
    round(cast(sum(available_minutes) / 60.0 as numeric), 2) as available,
    round(cast(sum(worked_minutes) / 60.0 as numeric), 2) as worked,
    round(cast(sum(billable_minutes) / 60.0 as numeric), 2) as billable
from marts.technician_utilisation_daily
where true
    and account in (:accounts)
    and day >= :first_day
    and day <= :last_day
group by cast(date_trunc('week', day) as date)
order by week
