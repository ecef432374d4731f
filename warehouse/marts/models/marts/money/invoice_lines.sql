-- One row per line of a job's charges: what was sold, how many, for how much, and on which invoice.
{{ config(alias=var('prefix') ~ 'invoice_lines', indexes=key_index(['line_key'], [['job_key'], ['invoice_key'], ['account', 'invoiced_on']])) }}
{{ config(keyed={
    'key': 'line_key',
    'changes': [
        {'of': 'stg_servicebridge__work_order_lines', 'key': 'line_key'},
        {'of': 'stg_servicesidekick__job_charges', 'key': 'line_key'},
        {'of': 'jobs', 'key': 'job_key', 'path': [['stg_servicebridge__work_order_lines', 'job_key', 'line_key']]},
        {'of': 'jobs', 'key': 'job_key', 'path': [['stg_servicesidekick__job_charges', 'job_key', 'line_key']]},
        {'of': 'invoices', 'key': 'job_key', 'without': ['days_overdue', 'age_band'], 'path': [['stg_servicebridge__work_order_lines', 'job_key', 'line_key']]},
        {'of': 'invoices', 'key': 'job_key', 'without': ['days_overdue', 'age_band'], 'path': [['stg_servicesidekick__job_charges', 'job_key', 'line_key']]},
    ],
}) }}
with lines as (
    select line_key, account, job_key, place, coalesce(product_key, service_key) as product_key, name, quantity, unit, price,
        total, is_taxable
    from {{ ref('fieldhouse', 'stg_servicebridge__work_order_lines') }}
    union all
    select line_key, account, job_key, place, product_key, name, quantity, null, price, total, is_taxable
    from {{ ref('fieldhouse', 'stg_servicesidekick__job_charges') }}
),

-- ServiceBridge's invoices carry no lines: an order with one invoice has its lines on it, one with several on none
single_invoices as (
    select job_key, min(invoice_key) as invoice_key, min(invoiced_on) as invoiced_on
    from {{ ref('fieldhouse', 'invoices') }}
    where not is_void and job_key is not null
    group by job_key
    having count(*) = 1
),

costed as (
    select line.*, {{ cost_of('line.quantity', 'product.cost') }} as cost
    from lines as line
    left join {{ ref('fieldhouse', 'stg_servicebridge__products') }} as product on product.product_key = line.product_key
    {{ only('line.line_key') }}
)

select
    line.line_key,
    {{ vendor_of('line.account') }} as vendor,
    line.account,
    job.job_key,
    invoice.invoice_key,
    invoice.invoiced_on,
    job.customer_key,
    line.place,
    line.product_key,
    line.name,
    line.quantity,
    line.unit,
    line.price,
    line.total,
    line.is_taxable,
    line.cost,
    {{ money('line.total - line.cost') }} as margin,
    job.currency
from costed as line
inner join {{ ref('fieldhouse', 'jobs') }} as job on job.job_key = line.job_key
left join single_invoices as invoice on invoice.job_key = line.job_key
