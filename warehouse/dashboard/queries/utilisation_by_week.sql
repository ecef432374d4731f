-- One row per week: hours that technicians worked, those that were billable, and those in which they were available.
select
    week_starts_on as week,
    round(cast(sum(available_minutes) / 60.0 as numeric(18, 6)), 2) as available,
    round(cast(sum(worked_minutes) / 60.0 as numeric(18, 6)), 2) as worked,
    round(cast(sum(billable_minutes) / 60.0 as numeric(18, 6)), 2) as billable,
    round(cast(sum(worked_off_days_minutes) / 60.0 as numeric(18, 6)), 2) as worked_on_days_off
from marts.utilisation_weekly
where true
    and account in (:accounts)
    and week_starts_on >= :first_day
    and week_starts_on <= :last_day
group by week_starts_on
order by week
