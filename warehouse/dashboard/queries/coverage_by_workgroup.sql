-- One row per workgroup: positions covered and open in the period, the one with the most open first.
select
    workgroup,
    cast(sum(covered_positions) as bigint) as covered,
    cast(sum(uncovered_positions) as bigint) as open
from marts.shift_coverage_daily
where true
    and account in (:accounts)
    and workgroup in (:teams)
    and day >= :first_day
    and day <= :last_day
group by workgroup
order by open desc, covered desc, workgroup
