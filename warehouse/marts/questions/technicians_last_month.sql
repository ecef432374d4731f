-- How busy was each technician last month? One row per technician; hours worked outside business days stand apart.
select
    technician_key,
    max(technician_name) as technician_name,
    sum(available_minutes) / 60.0 as available_hours,
    sum(worked_in_available_minutes) / 60.0 as worked_hours,
    sum(worked_off_days_minutes) / 60.0 as worked_off_days_hours,
    1.0 * sum(worked_in_available_minutes) / nullif(sum(available_minutes), 0) as utilisation
from marts.technician_days
where date_trunc('month', day) in (select date_trunc('month', month_starts_on - 1) from marts.calendar where is_today)
group by technician_key
order by utilisation desc nulls last, technician_key
