-- One row per day on the shifts' own wall calendar: positions covered and open.
select
    day,
    cast(sum(covered_positions) as bigint) as covered,
    cast(sum(uncovered_positions) as bigint) as open
from marts.shift_coverage_daily
where true
    and account in (:accounts)
    and workgroup in (:teams)
    and day >= :first_day
    and day <= :last_day
group by day
order by day
