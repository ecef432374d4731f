-- One row per account, workgroup and day on the shifts' own wall calendar: positions needed, covered and open.
select
    local_date as day,
    vendor,
    account,
    coalesce(workgroup_key, 'none') as workgroup_key,
    coalesce(max(workgroup), 'no workgroup') as workgroup,
    count(*) as shifts,
    sum(positions) as positions,
    sum(case when is_covered then positions else 0 end) as covered_positions,
    sum(case when is_covered then 0 else positions end) as uncovered_positions,
    sum(case when is_published and not is_covered then positions else 0 end) as uncovered_published_positions,
    sum(case when is_covered then 1 else 0 end * positions) / cast(nullif(sum(positions), 0) as double precision)
        as coverage_share,
    coalesce(sum(scheduled_minutes * positions), 0) as scheduled_minutes,
    coalesce(sum(case when is_covered then scheduled_minutes * positions end), 0) as covered_minutes
from {{ ref('shifts') }}
where local_date is not null
group by local_date, vendor, account, coalesce(workgroup_key, 'none')
