-- One row per workgroup that has shifts.
select workgroup as team
from marts.shift_coverage_daily
where true
    and account in (:accounts)
group by workgroup
order by team
