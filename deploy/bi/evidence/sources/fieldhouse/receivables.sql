select
    invoice_key, account, number, customer_name, invoiced_on, due_on, balance, coalesce(currency, 'currency of ' || account) as currency,
    days_overdue, age_band
from marts.receivables_ageing
where not is_credit
