select
    coverage.day, coverage.account, coalesce(coverage.workgroup, 'no workgroup') as workgroup, coverage.positions,
    coverage.uncovered_positions, calendar.days_from_now
from marts.coverage_daily as coverage
inner join marts.calendar as calendar on calendar.day = coverage.day
