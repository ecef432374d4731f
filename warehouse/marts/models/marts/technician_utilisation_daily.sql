-- One row per technician and day in the account's time zone: minutes planned, worked and billable, and those there were.
with spans as (
    select
        member.account,
        member.technician_key,
        member.technician_name,
        visit.job_key,
        visit.starts_at,
        visit.ends_at,
        1 as planned,
        case when visit.status = 'Completed' then 1 else 0 end as worked,
        0 as billable
    from {{ ref('stg_servicebridge__visit_team_members') }} as member
    inner join {{ ref('stg_servicebridge__visits') }} as visit on visit.visit_key = member.visit_key
    where coalesce(visit.status, '') <> 'Canceled'
    union all
    select
        entry.account,
        entry.technician_key,
        null,
        entry.job_key,
        entry.started_at,
        entry.ended_at,
        0,
        1,
        case when entry.is_billable then 1 else 0 end
    from {{ ref('stg_servicesidekick__time_entries') }} as entry
    inner join {{ ref('stg_servicesidekick__jobs') }} as job on job.job_key = entry.job_key
    union all
    select
        employee.account,
        employee.technician_key,
        employee.technician_name,
        employee.job_key,
        job.scheduled_at,
        job.scheduled_at + job.planned_minutes * interval '1 minute',
        1,
        0,
        0
    from {{ ref('stg_servicesidekick__job_employees') }} as employee
    inner join {{ ref('stg_servicesidekick__jobs') }} as job on job.job_key = employee.job_key
    where job.cancelled_at is null
),

-- work that goes over midnight counts on both days
spans_by_day as (
    select
        spans.*,
        days.day,
        days.business_minutes,
        {{ exact_minutes('greatest(spans.starts_at, days.starts_at)', 'least(spans.ends_at, days.ends_at)') }} as minutes
    from spans
    inner join {{ ref('int_account_zones') }} as zones on zones.account = spans.account
    inner join {{ ref('int_business_days') }} as days
        on days.time_zone = zones.time_zone
        and days.starts_at < spans.ends_at
        and days.ends_at > spans.starts_at
        and days.day >= {{ local_day('spans.starts_at', 'zones.time_zone') }}
        and days.day <= {{ local_day('spans.ends_at', 'zones.time_zone') }}
),

days as (
    select
        technician_key,
        day,
        account,
        max(technician_name) as technician_name,
        count(distinct job_key) as jobs,
        sum(minutes * planned) as planned_minutes,
        sum(minutes * worked) as worked_minutes,
        sum(minutes * billable) as billable_minutes,
        max(business_minutes) as available_minutes
    from spans_by_day
    group by technician_key, day, account
)

select
    days.technician_key,
    days.day,
    {{ vendor_of('days.account') }} as vendor,
    days.account,
    technician.person_key,
    coalesce(technician.full_name, days.technician_name) as technician_name,
    days.jobs,
    cast(floor(days.planned_minutes) as bigint) as planned_minutes,
    cast(floor(days.worked_minutes) as bigint) as worked_minutes,
    cast(floor(days.billable_minutes) as bigint) as billable_minutes,
    cast(floor(days.available_minutes) as bigint) as available_minutes,
    cast(days.worked_minutes / nullif(days.available_minutes, 0) as double precision) as utilisation
from days
left join {{ ref('person_records') }} as technician on technician.record_key = days.technician_key
where days.technician_key is not null
