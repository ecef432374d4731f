-- How much of the technicians' time is used? One row per week and account.
select
    week_starts_on as week,
    account,
    technicians,
    round(cast(worked_minutes / 60.0 as numeric), 1) as worked_hours,
    round(cast(billable_minutes / 60.0 as numeric), 1) as billable_hours,
    round(cast(utilisation as numeric), 3) as utilisation
from marts.utilisation_weekly
order by week_starts_on, account
