-- One row per stretch of time that a technician is planned for a job or worked on it. Cancelled visits and jobs are out,
-- and so are plans for a job that has no visit yet, because it was neither scheduled nor started.
{{ config(keyed={
    'key': 'visit_key',
    'changes': [
        {'of': 'stg_servicebridge__visit_team_members', 'key': 'visit_key'},
        {'of': 'stg_servicebridge__visits', 'key': 'visit_key'},
        {'of': 'stg_servicebridge__work_orders', 'key': 'job_key', 'path': [['stg_servicebridge__visits', 'job_key', 'visit_key']]},
        {'of': 'stg_servicesidekick__time_entries', 'key': "job_key || ':visit'"},
        {'of': 'stg_servicesidekick__jobs', 'key': "job_key || ':visit'"},
        {'of': 'stg_servicesidekick__job_employees', 'key': "job_key || ':visit'"},
    ],
}) }}
select
    visit.visit_key,
    visit.job_key,
    member.account,
    member.technician_key,
    member.technician_name,
    member.place,
    visit.starts_at,
    visit.ends_at,
    1 as planned,
    case when visit.status = 'Completed' then 1 else 0 end as worked,
    0 as billable
from {{ ref('fieldhouse', 'stg_servicebridge__visit_team_members') }} as member
inner join {{ ref('fieldhouse', 'stg_servicebridge__visits') }} as visit on visit.visit_key = member.visit_key
inner join {{ ref('fieldhouse', 'stg_servicebridge__work_orders') }} as work_order on work_order.job_key = visit.job_key
where coalesce(visit.status, '') <> 'Canceled' and coalesce(work_order.status, '') <> 'Canceled'
    {{ only('visit.visit_key', 'and') }}
union all
select
    job.job_key || ':visit',
    entry.job_key,
    entry.account,
    entry.technician_key,
    null,
    null,
    entry.started_at,
    entry.ended_at,
    0,
    1,
    case when entry.is_billable then 1 else 0 end
from {{ ref('fieldhouse', 'stg_servicesidekick__time_entries') }} as entry
inner join {{ ref('fieldhouse', 'stg_servicesidekick__jobs') }} as job on job.job_key = entry.job_key
{{ only("job.job_key || ':visit'") }}
union all
select
    job.job_key || ':visit',
    employee.job_key,
    employee.account,
    employee.technician_key,
    employee.technician_name,
    employee.place,
    job.scheduled_at,
    job.scheduled_at + job.planned_minutes * interval '1 minute',
    1,
    0,
    0
from {{ ref('fieldhouse', 'stg_servicesidekick__job_employees') }} as employee
inner join {{ ref('fieldhouse', 'stg_servicesidekick__jobs') }} as job on job.job_key = employee.job_key
where job.cancelled_at is null and (job.scheduled_at is not null or job.started_at is not null)
    {{ only("job.job_key || ':visit'", 'and') }}
