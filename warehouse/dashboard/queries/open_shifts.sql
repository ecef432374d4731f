-- One row per shift of the period that nobody covers: where people are missing, by the shift's own clock.
select
    local_date as day,
    cast(local_start as time) as starts_at_local_time,
    time_zone,
    coalesce(workgroup, 'no workgroup') as workgroup,
    coalesce(subject, role) as shift,
    positions,
    is_published,
    is_urgent
from marts.shifts
where not is_covered
    and account in (:accounts)
    and coalesce(workgroup, 'no workgroup') in (:teams)
    and local_date >= :first_day
    and local_date <= :last_day
order by local_date, starts_at, workgroup, shift_key
limit 200
