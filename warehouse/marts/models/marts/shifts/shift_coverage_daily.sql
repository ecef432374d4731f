-- One row per account, workgroup and day on the shifts' own wall calendar: positions needed, covered and open.
select
    day,
    vendor,
    account,
    workgroup_key,
    workgroup,
    shifts,
    positions,
    covered_positions,
    uncovered_positions,
    uncovered_published_positions,
    attended_positions,
    coverage_share,
    scheduled_minutes,
    covered_minutes
from {{ ref('coverage_daily') }}
