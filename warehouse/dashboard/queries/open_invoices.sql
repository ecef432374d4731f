-- One row per invoice of which something is owed, the hundred longest overdue: who owes it and since when.
select
    number,
    customer_name,
    balance,
    total,
    currency,
    days_overdue,
    due_on,
    age_band,
    account,
    _url
from marts.receivables_ageing
where balance > 0
    and account in (:accounts)
order by days_overdue desc nulls last, balance desc, invoice_key
limit 100
