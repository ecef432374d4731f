-- One row per job: what was charged, invoiced and paid for it, and what is still owed, in the account's currency.
{{ config(alias=var('prefix') ~ 'revenue_by_job', indexes=key_index(['job_key'], [['account'], ['customer_key']])) }}
{{ config(keyed={
    'key': 'job_key',
    'changes': [
        {'of': 'jobs', 'key': 'job_key'},
        {'of': 'invoices', 'key': 'job_key', 'without': ['days_overdue', 'age_band']},
        {'of': 'payments', 'key': 'job_key'},
        {'of': 'customers', 'key': 'customer_key', 'path': [['jobs', 'customer_key', 'job_key']]},
    ],
}) }}
with payments as (
    select invoice_key, sum(amount) as paid
    from {{ ref('fieldhouse', 'payments') }}
    where invoice_key is not null {{ only('job_key', 'and') }}
    group by invoice_key
),

invoices as (
    select
        invoice.job_key,
        count(*) as invoices,
        min(invoice.invoiced_at) as first_invoiced_at,
        sum(invoice.total) as invoiced,
        sum(case when invoice.vendor = 'servicebridge' then coalesce(payments.paid, 0) else invoice.paid end) as paid,
        sum(invoice.balance) as balance
    from {{ ref('fieldhouse', 'invoices') }} as invoice
    left join payments on payments.invoice_key = invoice.invoice_key
    where not invoice.is_void and invoice.job_key is not null {{ only('invoice.job_key', 'and') }}
    group by invoice.job_key
)

select
    job.job_key,
    job.vendor,
    job.account,
    job.number,
    job.category,
    job.state,
    job.customer_key,
    customer.name as customer_name,
    job.completed_at,
    invoices.first_invoiced_at,
    coalesce(invoices.invoices, 0) as invoices,
    job.subtotal,
    job.tax,
    job.total as charged,
    {{ money("coalesce(invoices.invoiced, 0)") }} as invoiced,
    {{ money("case when invoices.invoices is null then 0 else invoices.paid end") }} as paid,
    {{ money("case when invoices.invoices is null then 0 else invoices.balance end") }} as balance,
    job.currency
from {{ ref('fieldhouse', 'jobs') }} as job
left join invoices on invoices.job_key = job.job_key
left join {{ ref('fieldhouse', 'customers') }} as customer on customer.customer_key = job.customer_key
{{ only('job.job_key') }}
