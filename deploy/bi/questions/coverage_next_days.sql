-- Where are people missing in the next two weeks? One row per day and workgroup.
select
    coverage.day,
    coalesce(coverage.workgroup, 'no workgroup') as workgroup,
    sum(coverage.positions) as positions,
    sum(coverage.uncovered_positions) as uncovered_positions
from marts.coverage_daily as coverage
inner join marts.calendar as calendar on calendar.day = coverage.day
where calendar.days_from_now between 0 and 13
group by coverage.day, coalesce(coverage.workgroup, 'no workgroup')
order by coverage.day, uncovered_positions desc, workgroup
