-- One row per account, workgroup and day on the shifts' own wall calendar: positions needed, covered and open.
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
    cast({{ total('case when is_covered then positions end') }} as double precision) / nullif(sum(positions), 0)
        as coverage_share,
    {{ total('scheduled_minutes * positions') }} as scheduled_minutes,
    {{ total('case when is_covered then scheduled_minutes * positions end') }} as covered_minutes
from {{ ref('shifts') }}
where local_date is not null
group by local_date, vendor, account, coalesce(workgroup_key, 'none')
