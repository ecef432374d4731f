-- Where are people missing next week? One row per workgroup with open positions, the worst first.
select
    coverage.workgroup,
    sum(coverage.uncovered_positions) as open_positions,
    sum(coverage.positions) as positions
from marts.shift_coverage_daily as coverage
inner join marts.calendar as calendar on calendar.day = coverage.day
where calendar.weeks_from_now = 1
group by coverage.workgroup
having sum(coverage.uncovered_positions) > 0
order by open_positions desc, coverage.workgroup
