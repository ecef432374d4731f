-- One row per visit to a customer: planned, done or cancelled.
{{ config(alias=var('prefix') ~ 'visits', indexes=key_index(['visit_key'], [['job_key'], ['account', 'visit_on'], ['location_key']])) }}
{{ config(keyed={
    'key': 'coalesce(location_key, job_key)',
    'changes': [
        {'of': 'jobs', 'key': 'coalesce(location_key, job_key)'},
        {'of': 'stg_servicebridge__visits', 'key': 'job_key', 'path': [['jobs', 'job_key', 'coalesce(location_key, job_key)']]},
        {'of': 'stg_servicebridge__work_orders', 'key': 'job_key', 'path': [['jobs', 'job_key', 'coalesce(location_key, job_key)']]},
        {'of': 'stg_servicesidekick__jobs', 'key': 'job_key', 'path': [['jobs', 'job_key', 'coalesce(location_key, job_key)']]},
        {'of': 'visit_technicians', 'key': 'job_key', 'path': [['jobs', 'job_key', 'coalesce(location_key, job_key)']]},
    ],
}) }}
with jobs as (
    select job_key, customer_key, location_key, time_zone, _url
    from {{ ref('fieldhouse', 'jobs') }}
    {{ only('coalesce(location_key, job_key)') }}
),

visits as (
    select
        visit.visit_key,
        visit.account,
        visit.job_key,
        visit.number,
        visit.status,
        case
            when visit.status = 'Canceled' or work_order.status = 'Canceled' then 'cancelled'
            when visit.status = 'Completed' then 'done'
            when visit.status = 'InProgress' then 'in progress'
            else 'scheduled'
        end as state,
        visit.starts_at,
        visit.ends_at,
        visit.team
    from {{ ref('fieldhouse', 'stg_servicebridge__visits') }} as visit
    left join {{ ref('fieldhouse', 'stg_servicebridge__work_orders') }} as work_order on work_order.job_key = visit.job_key
    {{ only_in('visit.job_key', 'select job_key from jobs') }}
    union all
    select
        job_key || ':visit',
        account,
        job_key,
        number,
        coalesce(own_status, status),
        case
            when cancelled_at is not null then 'cancelled'
            when completed_at is not null then 'done'
            when started_at is not null then 'in progress'
            else 'scheduled'
        end,
        coalesce(started_at, scheduled_at),
        coalesce(completed_at, coalesce(started_at, scheduled_at) + planned_minutes * interval '1 minute'),
        null
    from {{ ref('fieldhouse', 'stg_servicesidekick__jobs') }}
    where (scheduled_at is not null or started_at is not null) {{ only_in('job_key', 'select job_key from jobs', 'and') }}
),

technicians as (
    select visit_key, count(distinct technician_key) as technicians
    from {{ ref('fieldhouse', 'visit_technicians') }}
    {{ only_in('job_key', 'select job_key from jobs') }}
    group by visit_key
),

placed as (
    select
        visits.*,
        job.customer_key,
        job.location_key,
        job.time_zone,
        job._url,
        case when visits.state <> 'cancelled' then row_number() over (
            partition by visits.job_key, visits.state = 'cancelled' order by visits.starts_at nulls last, {{ by_code('visits.visit_key') }}
        ) end as place
    from visits
    inner join jobs as job on job.job_key = visits.job_key
),

-- a visit repeats those of other jobs that were done at the same place in the thirty days before it
pairs as (
    select
        later.visit_key,
        earlier.visit_key as repeat_of_visit_key,
        row_number() over (partition by later.visit_key order by earlier.starts_at desc, {{ by_code('earlier.visit_key') }}) as rank
    from placed as later
    inner join placed as earlier
        on earlier.location_key = later.location_key
        and earlier.job_key <> later.job_key
        and earlier.starts_at < later.starts_at
        and earlier.starts_at >= later.starts_at - interval '30 days'
    where later.state <> 'cancelled' and earlier.state = 'done'
),

repeats as (
    select visit_key, repeat_of_visit_key from pairs where rank = 1
),

repeated as (
    select distinct repeat_of_visit_key as visit_key from pairs
)

select
    placed.visit_key,
    {{ vendor_of('placed.account') }} as vendor,
    placed.account,
    placed.job_key,
    placed.customer_key,
    placed.location_key,
    placed.number,
    placed.status,
    placed.state,
    cast(placed.place as bigint) as place,
    coalesce(placed.place = 1, false) as is_first_visit,
    placed.team,
    coalesce(technicians.technicians, 0) as technicians,
    placed.starts_at,
    placed.ends_at,
    {{ local_day('placed.starts_at', 'placed.time_zone') }} as visit_on,
    case when {{ is_span('placed.starts_at', 'placed.ends_at') }} then {{ minutes_between('placed.starts_at', 'placed.ends_at') }} end
        as minutes,
    repeats.repeat_of_visit_key is not null as is_repeat_30d,
    repeats.repeat_of_visit_key,
    repeated.visit_key is not null as is_repeated_30d,
    placed._url
from placed
left join technicians on technicians.visit_key = placed.visit_key
left join repeats on repeats.visit_key = placed.visit_key
left join repeated on repeated.visit_key = placed.visit_key
