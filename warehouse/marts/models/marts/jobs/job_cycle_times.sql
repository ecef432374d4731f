-- One row per job: how long each step from its creation to its payment took, null for a step not taken yet.
{{ config(alias=var('prefix') ~ 'job_cycle_times', indexes=key_index(['job_key'], [['account', 'completed_on']])) }}
{{ config(keyed={
    'key': 'job_key',
    'changes': [
        {'of': 'jobs', 'key': 'job_key'},
        {'of': 'invoices', 'key': 'job_key', 'without': ['days_overdue', 'age_band']},
    ],
}) }}
with invoices as (
    select
        job_key,
        min(invoiced_at) as invoiced_at,
        case when count(*) = count(paid_at) then max(paid_at) end as paid_at
    from {{ ref('fieldhouse', 'invoices') }}
    where not is_void and job_key is not null {{ only('job_key', 'and') }}
    group by job_key
),

moments as (
    select
        job.*,
        invoices.invoiced_at,
        invoices.paid_at
    from {{ ref('fieldhouse', 'jobs') }} as job
    left join invoices on invoices.job_key = job.job_key
    {{ only('job.job_key') }}
)

select
    job_key,
    vendor,
    account,
    category,
    state,
    created_at,
    scheduled_at,
    started_at,
    completed_at,
    completed_on,
    invoiced_at,
    paid_at,
    {{ minutes_between('created_at', 'started_at') }} as waiting_minutes,
    {{ minutes_between('scheduled_at', 'started_at') }} as start_delay_minutes,
    {{ minutes_between('started_at', 'completed_at') }} as working_minutes,
    {{ minutes_between('created_at', 'completed_at') }} as cycle_minutes,
    {{ minutes_between('completed_at', 'invoiced_at') }} as invoicing_minutes,
    {{ minutes_between('invoiced_at', 'paid_at') }} as payment_minutes
from moments
