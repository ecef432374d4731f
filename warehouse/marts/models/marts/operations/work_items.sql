-- One row per piece of work of any kind: tickets, jobs and shifts with the same words for state, owner and times.
{{ config(alias=var('prefix') ~ 'work_items', indexes=key_index(['work_item_key'], [['account', 'kind'], ['owner_key']])) }}
{{ config(keyed={
    'key': 'work_item_key',
    'while': "kind = 'shift' and state <> 'done'",
    'changes': [
        {'of': 'tickets', 'key': 'ticket_key', 'without': ['age_days', 'age_band', 'is_overdue', 'is_past_end']},
        {'of': 'jobs', 'key': 'job_key'},
        {'of': 'shifts', 'key': 'shift_key'},
        {'of': 'customers', 'key': 'customer_key', 'path': [['jobs', 'customer_key', 'job_key']]},
        {'of': 'customers', 'key': 'customer_key', 'path': [['shifts', 'customer_key', 'shift_key']]},
    ],
}) }}
select
    ticket_key as work_item_key,
    'ticket' as kind,
    vendor,
    account,
    number,
    title,
    status,
    case when is_open then 'open' when state = 'planned' then 'scheduled' else 'done' end as state,
    is_open or coalesce(state = 'planned', false) as is_open,
    team,
    assignee_key as owner_key,
    assignee_name as owner_name,
    requester_key,
    requester_name,
    customer_key,
    opened_at,
    due_at,
    closed_at,
    _url
from {{ ref('fieldhouse', 'tickets') }}
{{ only('ticket_key') }}
union all
select
    job.job_key,
    'job',
    job.vendor,
    job.account,
    job.number,
    job.title,
    job.status,
    job.state,
    job.state not in ('done', 'cancelled'),
    null,
    job.lead_key,
    job.lead_name,
    null,
    customer.name,
    job.customer_key,
    job.created_at,
    job.scheduled_at,
    case when job.state = 'done' then job.completed_at end,
    job._url
from {{ ref('fieldhouse', 'jobs') }} as job
left join {{ ref('fieldhouse', 'customers') }} as customer on customer.customer_key = job.customer_key
{{ only('job.job_key') }}
union all
select
    shift.shift_key,
    'shift',
    shift.vendor,
    shift.account,
    shift.shift_id,
    coalesce(shift.subject, shift.role),
    case when shift.is_covered then 'covered' else 'uncovered' end,
    case
        when {{ over_at('shift') }} < {{ now() }} then 'done'
        when shift.starts_at <= {{ now() }} then 'in progress'
        when {{ over_at('shift') }} is null then 'unknown'
        when shift.is_covered then 'scheduled'
        else 'open'
    end,
    coalesce({{ over_at('shift') }} >= {{ now() }}, false),
    shift.workgroup,
    shift.person_key,
    shift.worker_name,
    null,
    customer.name,
    shift.customer_key,
    shift.created_at,
    shift.starts_at,
    case when {{ over_at('shift') }} < {{ now() }} then {{ over_at('shift') }} end,
    null
from {{ ref('fieldhouse', 'shifts') }} as shift
left join {{ ref('fieldhouse', 'customers') }} as customer on customer.customer_key = shift.customer_key
{{ only('shift.shift_key') }}
