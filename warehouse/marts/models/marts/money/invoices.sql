-- One row per invoice, void ones and credit notes too.
{{ config(alias=var('prefix') ~ 'invoices', indexes=key_index(['invoice_key'], [['job_key'], ['customer_key'], ['account', 'invoiced_on']])) }}
{{ config(keyed={
    'key': 'invoice_key',
    'each_day': 'balance <> 0 and not is_void',
    'changes': [
        {'of': 'stg_servicebridge__invoices', 'key': 'invoice_key'},
        {'of': 'stg_servicebridge__payments', 'key': 'invoice_key'},
        {'of': 'stg_servicesidekick__jobs', 'key': "job_key || ':invoice'"},
        {'of': 'jobs', 'key': 'job_key', 'path': [['stg_servicebridge__invoices', 'job_key', 'invoice_key']]},
        {'of': 'jobs', 'key': "job_key || ':invoice'"},
        {'of': 'customers', 'key': 'customer_key', 'path': [['stg_servicebridge__invoices', 'customer_key', 'invoice_key']]},
        {'of': 'customers', 'key': 'customer_key', 'path': [['stg_servicesidekick__jobs', 'customer_key', "job_key || ':invoice'"]]},
        {'of': 'int_account_zones', 'ignoring': ['today']},
    ],
}) }}
with last_payments as (
    select invoice_key, max(paid_at) as paid_at
    from {{ ref('fieldhouse', 'stg_servicebridge__payments') }}
    where invoice_key is not null {{ only('invoice_key', 'and') }}
    group by invoice_key
),

-- a ServiceSidekick job is invoiced once; the invoice of a job that was cancelled counts as void
invoices as (
    select
        invoice.invoice_key,
        invoice.account,
        invoice.number,
        invoice.customer_key,
        invoice.job_key,
        invoice.status,
        invoice.is_void,
        invoice.invoiced_at,
        invoice.due_at,
        invoice.invoiced_at as counts_from,
        coalesce(invoice.terms, term.name) as terms,
        term.days_to_pay,
        false as is_due_from_month_end,
        invoice.total,
        invoice.balance,
        case when invoice.balance <= 0 then last_payments.paid_at end as paid_at
    from {{ ref('fieldhouse', 'stg_servicebridge__invoices') }} as invoice
    left join {{ ref('fieldhouse', 'stg_servicebridge__terms') }} as term on term.term_key = invoice.term_key
    left join last_payments on last_payments.invoice_key = invoice.invoice_key
    {{ only('invoice.invoice_key') }}
    union all
    select
        job_key || ':invoice',
        account,
        number,
        customer_key,
        job_key,
        invoice_status,
        cancelled_at is not null,
        invoiced_at,
        null,
        case when coalesce(due_from, 'invoice') = 'completion' then completed_at else invoiced_at end,
        terms,
        days_to_pay,
        coalesce(due_from = 'month end', false),
        total,
        balance,
        null
    from {{ ref('fieldhouse', 'stg_servicesidekick__jobs') }}
    where invoiced_at is not null {{ only("job_key || ':invoice'", 'and') }}
),

dated as (
    select
        invoices.*,
        zones.today,
        zones.currency,
        zones.time_zone,
        {{ day_of('invoices.invoiced_at', 'zones.time_zone') }} as invoiced_on,
        {{ day_of('invoices.due_at', 'zones.time_zone') }} as stated_due_on,
        {{ day_of('invoices.counts_from', 'zones.time_zone') }} as counts_from_day
    from invoices
    left join {{ ref('fieldhouse', 'int_account_zones') }} as zones on zones.account = invoices.account
),

due as (
    select
        *,
        case
            when stated_due_on is not null then stated_due_on
            when is_due_from_month_end then
                cast(date_trunc('month', cast(counts_from_day as timestamp) + interval '1 month') as date) - 1
                + cast(days_to_pay as integer)
            else counts_from_day + cast(days_to_pay as integer)
        end as due_on
    from dated
)

select
    due.invoice_key,
    {{ vendor_of('due.account') }} as vendor,
    due.account,
    due.number,
    customer.customer_key,
    customer.name as customer_name,
    customer.party_key,
    job.job_key,
    due.status,
    due.is_void,
    coalesce(due.total < 0 or due.balance < 0, false) as is_credit,
    due.invoiced_at,
    due.invoiced_on,
    cast(date_trunc('month', due.invoiced_on) as date) as invoiced_in_month,
    due.terms,
    due.due_on,
    case
        when due.stated_due_on is not null then 'vendor'
        when due.due_on is not null then 'terms'
        else 'unknown'
    end as due_source,
    due.total,
    due.balance,
    cast(due.total - due.balance as numeric(18, 2)) as paid,
    due.currency,
    due.paid_at,
    case
        when due.is_void or due.balance is null or due.balance = 0 then null
        when due.due_on is not null then cast(greatest(due.today - due.due_on, 0) as bigint)
    end as days_overdue,
    case
        when due.is_void or due.balance is null or due.balance = 0 then null
        when due.balance < 0 then 'credit'
        when due.due_on is null then 'no due date'
        when due.today <= due.due_on then 'not due'
        when due.today - due.due_on <= 30 then '1 to 30 days'
        when due.today - due.due_on <= 60 then '31 to 60 days'
        when due.today - due.due_on <= 90 then '61 to 90 days'
        else 'over 90 days'
    end as age_band,
    job._url
from due
left join {{ ref('fieldhouse', 'customers') }} as customer on customer.customer_key = due.customer_key
left join {{ ref('fieldhouse', 'jobs') }} as job on job.job_key = due.job_key
