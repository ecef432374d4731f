-- One row per account, workgroup and day on the shifts' own wall calendar: positions needed, covered and open.
{{ config(alias=var('prefix') ~ 'shift_coverage_daily', indexes=key_index(['account', 'workgroup_key', 'day'], [['day']])) }}
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
from {{ ref('fieldhouse', 'coverage_daily') }}
