-- One row per invoice of which something is still owed, with how long it is overdue.
with receivables as (
    select
        invoice_key,
        'servicebridge' as vendor,
        account,
        number,
        customer_key,
        job_key,
        invoiced_at,
        coalesce(due_at, invoiced_at) as due_at,
        total,
        balance
    from {{ ref('stg_servicebridge__invoices') }}
    where not is_void and balance > 0
    union all
    select
        job_key || ':invoice',
        'servicesidekick',
        account,
        number,
        customer_key,
        job_key,
        invoiced_at,
        invoiced_at + coalesce(days_to_pay, 0) * interval '1 day',
        total,
        balance
    from {{ ref('stg_servicesidekick__jobs') }}
    where invoiced_at is not null and balance > 0 and cancelled_at is null
),

aged as (
    select
        *,
        {{ days_between('due_at', now()) }} as days_overdue
    from receivables
)

select
    aged.invoice_key,
    aged.vendor,
    aged.account,
    aged.number,
    customer.customer_key,
    customer.name as customer_name,
    job.job_key,
    aged.invoiced_at,
    aged.due_at,
    aged.total,
    aged.balance,
    greatest(aged.days_overdue, 0) as days_overdue,
    case
        when aged.due_at is null then 'no due date'
        when aged.days_overdue < 0 then 'not due'
        when aged.days_overdue <= 30 then '0 to 30 days'
        when aged.days_overdue <= 60 then '31 to 60 days'
        when aged.days_overdue <= 90 then '61 to 90 days'
        else 'over 90 days'
    end as age_band
from aged
left join {{ ref('customers') }} as customer on customer.customer_key = aged.customer_key
left join {{ ref('jobs') }} as job on job.job_key = aged.job_key
