-- Positions of the shifts with a day are neither lost nor doubled on their way into days.
with shifts as (
    select account, sum(positions) as positions, sum(case when is_covered then positions else 0 end) as covered
    from {{ ref('fieldhouse', 'shifts') }}
    where local_date is not null
    group by account
),

days as (
    select account, sum(positions) as positions, sum(covered_positions) as covered from {{ ref('fieldhouse', 'coverage_daily') }} group by account
)

select shifts.account, shifts.positions, days.positions as in_days
from shifts
left join days on days.account = shifts.account
where shifts.positions <> coalesce(days.positions, -1) or shifts.covered <> coalesce(days.covered, -1)
