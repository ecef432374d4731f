-- What the vendors' own rows say was invoiced is what the invoices and the months add up to.
with raw as (
    select _account as account, total, date as invoiced_at
    from ({{ live_rows('servicebridge', 'invoices', {'status': 'text', 'total': 'numeric(18, 2)', 'date': 'timestamptz'}) }}) as invoices
    where coalesce(status, '') <> 'Void'
    union all
    select _account, total, invoice_date
    from ({{ live_rows('servicesidekick', 'jobs', {
        'invoice_date': 'timestamptz', 'canceled_on': 'timestamptz', 'deleted_at': 'timestamptz', 'total': 'numeric(18, 2)',
    }) }}) as jobs
    where invoice_date is not null and canceled_on is null and deleted_at is null
),

expected as (
    select account, sum(total) as total, sum(case when invoiced_at is not null then total end) as dated from raw group by account
),

found as (
    select account, sum(total) as total from {{ ref('fieldhouse', 'invoices') }} where not is_void group by account
),

months as (
    select account, sum(invoiced) as invoiced, count(invoiced) = count(*) as is_known from {{ ref('fieldhouse', 'revenue_by_month') }} group by account
)

select expected.account, expected.total, found.total as in_invoices, months.invoiced as in_months
from expected
left join found on found.account = expected.account
left join months on months.account = expected.account
where coalesce(expected.total, 0) <> coalesce(found.total, 0) or (
    coalesce(months.is_known, true) and coalesce(expected.dated, 0) <> coalesce(months.invoiced, 0)
)
