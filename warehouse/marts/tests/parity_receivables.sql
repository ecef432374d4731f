-- What the vendors' own rows say is owed, credits too, is what the ageing adds up to.
with raw as (
    select _account as account, balance
    from ({{ live_rows('servicebridge', 'invoices', {'status': 'text', 'balance': 'numeric(18, 2)'}) }}) as invoices
    where coalesce(status, '') <> 'Void'
    union all
    select _account, balance_remaining
    from ({{ live_rows('servicesidekick', 'jobs', {
        'invoice_date': 'timestamptz',
        'canceled_on': 'timestamptz',
        'deleted_at': 'timestamptz',
        'balance_remaining': 'numeric(18, 2)',
    }) }}) as jobs
    where invoice_date is not null and canceled_on is null and deleted_at is null
),

expected as (
    select account, sum(balance) as balance from raw group by account
),

found as (
    select account, sum(balance) as balance from {{ ref('fieldhouse', 'receivables_ageing') }} group by account
)

select coalesce(expected.account, found.account) as account, expected.balance, found.balance as in_ageing
from expected
full outer join found on found.account = expected.account
where coalesce(expected.balance, 0) <> coalesce(found.balance, 0)
