-- One row per invoice of which something is owed, the hundred longest overdue: who owes it and since when (UTC).
select
    number,
    customer_name,
    balance,
    total,
    days_overdue,
    cast(due_at at time zone 'UTC' as date) as due_on,
    age_band,
    account
from marts.receivables_ageing
where true
    and account in (:accounts)
order by days_overdue desc, balance desc, invoice_key
limit 100
