-- One row per job: how long each step from its creation to its payment took, null for a step not taken yet.
with invoices as (
    select
        job_key,
        min(invoiced_at) as invoiced_at,
        sum(balance) as balance
    from {{ ref('stg_servicebridge__invoices') }}
    where not is_void and job_key is not null
    group by job_key
),

payments as (
    select invoice.job_key, max(payment.paid_at) as paid_at
    from {{ ref('stg_servicebridge__payments') }} as payment
    inner join {{ ref('stg_servicebridge__invoices') }} as invoice on invoice.invoice_key = payment.invoice_key
    where not invoice.is_void and invoice.job_key is not null
    group by invoice.job_key
),

billing as (
    select
        invoices.job_key,
        invoices.invoiced_at,
        case when invoices.balance <= 0 then payments.paid_at end as paid_at
    from invoices
    left join payments on payments.job_key = invoices.job_key
    union all
    select job_key, invoiced_at, null
    from {{ ref('stg_servicesidekick__jobs') }}
),

moments as (
    select
        job.*,
        billing.invoiced_at,
        billing.paid_at
    from {{ ref('jobs') }} as job
    left join billing on billing.job_key = job.job_key
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
    invoiced_at,
    paid_at,
    {{ minutes_between('created_at', 'started_at') }} as waiting_minutes,
    {{ minutes_between('scheduled_at', 'started_at') }} as start_delay_minutes,
    {{ minutes_between('started_at', 'completed_at') }} as working_minutes,
    {{ minutes_between('created_at', 'completed_at') }} as cycle_minutes,
    {{ minutes_between('completed_at', 'invoiced_at') }} as invoicing_minutes,
    {{ minutes_between('invoiced_at', 'paid_at') }} as payment_minutes
from moments
