-- One row per account, workgroup and day on the shifts' own wall calendar: positions needed, covered, attended and open.
{{ config(alias=var('prefix') ~ 'coverage_daily', indexes=key_index(['account', 'workgroup_key', 'day'], [['day']])) }}
with shifts as (
    select
        shift.*,
        coalesce(attendance.is_attended, false) as is_attended,
        attendance.clocked_minutes
    from {{ ref('fieldhouse', 'shifts') }} as shift
    left join {{ ref('fieldhouse', 'attendance') }} as attendance on attendance.shift_key = shift.shift_key
    where shift.local_date is not null
)

select
    local_date as day,
    vendor,
    account,
    coalesce(workgroup_key, 'none') as workgroup_key,
    coalesce(max(workgroup), 'no workgroup') as workgroup,
    count(*) as shifts,
    {{ total('positions') }} as positions,
    {{ total('case when is_covered then positions end') }} as covered_positions,
    {{ total('case when not is_covered then positions end') }} as uncovered_positions,
    {{ total('case when is_published and not is_covered then positions end') }} as uncovered_published_positions,
    {{ total('case when is_attended then positions end') }} as attended_positions,
    {{ total('case when is_covered and is_absent then positions end') }} as absent_positions,
    {{ total('case when is_covered and is_declined then positions end') }} as declined_positions,
    cast({{ total('case when is_covered then positions end') }} as double precision) / nullif(sum(positions), 0)
        as coverage_share,
    {{ total('scheduled_minutes * positions') }} as scheduled_minutes,
    {{ total('case when is_covered then scheduled_minutes * positions end') }} as covered_minutes,
    {{ total('clocked_minutes') }} as clocked_minutes
from shifts
group by local_date, vendor, account, coalesce(workgroup_key, 'none')
