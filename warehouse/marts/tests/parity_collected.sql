-- What the vendor's own rows say was paid is what the payments and the months add up to.
with expected as (
    select
        _account as account,
        sum(amount) as amount,
        sum(case when date is not null then amount end) as dated
    from ({{ live_rows('servicebridge', 'payments', {'amount': 'numeric(18, 2)', 'date': 'timestamptz'}) }}) as payments
    group by _account
),

found as (
    select account, sum(amount) as amount from {{ ref('fieldhouse', 'payments') }} group by account
),

months as (
    select account, sum(collected) as collected, count(collected) = count(*) as is_known from {{ ref('fieldhouse', 'revenue_by_month') }} group by account
)

select expected.account, expected.amount, found.amount as in_payments, months.collected as in_months
from expected
left join found on found.account = expected.account
left join months on months.account = expected.account
where coalesce(expected.amount, 0) <> coalesce(found.amount, 0) or (
    coalesce(months.is_known, true) and coalesce(expected.dated, 0) <> coalesce(months.collected, 0)
)
