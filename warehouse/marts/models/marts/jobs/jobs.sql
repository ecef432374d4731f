-- One row per job in the field: work orders and jobs, with where they stand and when they were worked on.
{{ config(alias=var('prefix') ~ 'jobs', indexes=key_index(['job_key'], [['account', 'completed_on'], ['customer_key'], ['location_key']])) }}
{{ config(keyed={
    'key': 'job_key',
    'changes': [
        {'of': 'stg_servicebridge__work_orders', 'key': 'job_key'},
        {'of': 'stg_servicebridge__visits', 'key': 'job_key'},
        {'of': 'stg_servicebridge__visit_team_members', 'key': 'visit_key', 'path': [['stg_servicebridge__visits', 'visit_key', 'job_key']]},
        {'of': 'stg_servicebridge__invoices', 'key': 'job_key'},
        {'of': 'stg_servicesidekick__jobs', 'key': 'job_key'},
        {'of': 'stg_servicesidekick__job_employees', 'key': 'job_key'},
        {'of': 'person_records', 'key': 'record_key', 'path': [['stg_servicebridge__visit_team_members', 'technician_key', 'visit_key'], ['stg_servicebridge__visits', 'visit_key', 'job_key']]},
        {'of': 'person_records', 'key': 'record_key', 'path': [['stg_servicesidekick__job_employees', 'technician_key', 'job_key']]},
        {'of': 'customers', 'key': 'customer_key', 'path': [['stg_servicebridge__work_orders', 'customer_key', 'job_key']]},
        {'of': 'customers', 'key': 'customer_key', 'path': [['stg_servicesidekick__jobs', 'customer_key', 'job_key']]},
        {'of': 'locations', 'key': 'location_key', 'path': [['stg_servicebridge__work_orders', 'location_key', 'job_key']]},
        {'of': 'locations', 'key': 'location_key', 'path': [['stg_servicesidekick__jobs', 'location_key', 'job_key']]},
        {'of': 'int_account_zones', 'ignoring': ['today']},
    ],
}) }}
with visits as (
    select
        job_key,
        count(*) as visits,
        min(starts_at) as scheduled_at,
        min(case when status in ('InProgress', 'Completed') then starts_at end) as started_at,
        max(case when status = 'Completed' then ends_at end) as completed_at
    from {{ ref('fieldhouse', 'stg_servicebridge__visits') }}
    where coalesce(status, '') <> 'Canceled' {{ only('job_key', 'and') }}
    group by job_key
),

-- what finished an order whose visits do not tell: the first invoice, else the last change of the order
invoices as (
    select job_key, min(invoiced_at) as invoiced_at
    from {{ ref('fieldhouse', 'stg_servicebridge__invoices') }}
    where not is_void and job_key is not null {{ only('job_key', 'and') }}
    group by job_key
),

technicians as (
    select visit.job_key, member.technician_key, member.technician_name, visit.starts_at, member.place
    from {{ ref('fieldhouse', 'stg_servicebridge__visit_team_members') }} as member
    inner join {{ ref('fieldhouse', 'stg_servicebridge__visits') }} as visit on visit.visit_key = member.visit_key
    where coalesce(visit.status, '') <> 'Canceled' {{ only('visit.job_key', 'and') }}
    union all
    select job_key, technician_key, technician_name, cast(null as timestamptz), place
    from {{ ref('fieldhouse', 'stg_servicesidekick__job_employees') }}{{ only('job_key') }}
),

leads as (
    select job_key, technician_key, technician_name
    from (
        select *, row_number() over (partition by job_key order by starts_at, place, {{ by_code('technician_key') }}) as rank
        from technicians
    ) as ranked
    where rank = 1
),

crews as (
    select job_key, count(distinct technician_key) as technicians
    from technicians
    group by job_key
),

jobs as (
    select
        work_order.job_key,
        'servicebridge' as vendor,
        work_order.account,
        work_order.job_id,
        work_order.number,
        work_order.title,
        work_order.category,
        work_order.status,
        case work_order.status
            when 'New' then 'open'
            when 'Scheduled' then 'scheduled'
            when 'InProgress' then 'in progress'
            when 'Completed' then 'done'
            when 'Invoiced' then 'done'
            when 'Canceled' then 'cancelled'
            else 'open'
        end as state,
        work_order.priority,
        work_order.customer_key,
        work_order.location_key,
        case when work_order.status = 'Canceled' then 0 else coalesce(visits.visits, 0) end as visits,
        work_order.created_at,
        visits.scheduled_at,
        visits.started_at,
        case when work_order.status in ('Completed', 'Invoiced') or work_order.finished_at is not null then
            coalesce(visits.completed_at, work_order.finished_at, invoices.invoiced_at, work_order.updated_at)
        end as completed_at,
        case
            when coalesce(work_order.status, '') not in ('Completed', 'Invoiced') and work_order.finished_at is null then null
            when visits.completed_at is not null then 'visit'
            when work_order.finished_at is not null then 'work order'
            when invoices.invoiced_at is not null then 'invoice'
            when work_order.updated_at is not null then 'last change'
            else 'unknown'
        end as completed_at_source,
        work_order.sales_representative,
        work_order.campaign,
        work_order.subtotal,
        work_order.tax,
        work_order.total,
        work_order.updated_at
    from {{ ref('fieldhouse', 'stg_servicebridge__work_orders') }} as work_order
    left join visits on visits.job_key = work_order.job_key
    left join invoices on invoices.job_key = work_order.job_key
    {{ only('work_order.job_key') }}
    union all
    select
        job_key,
        'servicesidekick',
        account,
        job_id,
        number,
        title,
        category,
        coalesce(own_status, status),
        case
            when cancelled_at is not null then 'cancelled'
            when completed_at is not null then 'done'
            when started_at is not null then 'in progress'
            when scheduled_at is not null then 'scheduled'
            else 'open'
        end,
        null,
        customer_key,
        location_key,
        case when cancelled_at is not null or (scheduled_at is null and started_at is null) then 0 else 1 end,
        created_at,
        scheduled_at,
        started_at,
        completed_at,
        case when completed_at is not null then 'job' end,
        null,
        null,
        subtotal,
        tax,
        total,
        updated_at
    from {{ ref('fieldhouse', 'stg_servicesidekick__jobs') }}{{ only('job_key') }}
)

select
    jobs.job_key,
    jobs.vendor,
    jobs.account,
    jobs.job_id,
    jobs.number,
    jobs.title,
    jobs.category,
    jobs.status,
    jobs.state,
    jobs.priority,
    customer.customer_key,
    location.location_key,
    lead.person_key as lead_key,
    coalesce(leads.technician_name, lead.full_name) as lead_name,
    coalesce(crews.technicians, 0) as technicians,
    jobs.visits,
    jobs.created_at,
    jobs.scheduled_at,
    jobs.started_at,
    jobs.completed_at,
    {{ day_of('jobs.completed_at', 'zones.time_zone') }} as completed_on,
    jobs.completed_at_source,
    jobs.sales_representative,
    jobs.campaign,
    jobs.subtotal,
    jobs.tax,
    jobs.total,
    zones.currency,
    zones.time_zone,
    jobs.updated_at,
    case when jobs.vendor = 'servicesidekick' then zones.address || '/jobs/' || jobs.number end as _url
from jobs
left join leads on leads.job_key = jobs.job_key
left join crews on crews.job_key = jobs.job_key
left join {{ ref('fieldhouse', 'person_records') }} as lead on lead.record_key = leads.technician_key
left join {{ ref('fieldhouse', 'customers') }} as customer on customer.customer_key = jobs.customer_key
left join {{ ref('fieldhouse', 'locations') }} as location on location.location_key = jobs.location_key
left join {{ ref('fieldhouse', 'int_account_zones') }} as zones on zones.account = jobs.account
