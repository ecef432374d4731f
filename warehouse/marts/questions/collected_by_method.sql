-- How do customers pay, and how much of it belongs to no invoice? One row per method of payment and currency.
select
    coalesce(method, 'unknown') as method,
    coalesce(currency, 'currency of ' || account) as currency,
    count(*) as payments,
    sum(amount) as collected,
    sum(case when is_applied then 0 else amount end) as unapplied
from marts.payments
group by coalesce(method, 'unknown'), coalesce(currency, 'currency of ' || account)
order by currency, collected desc, method
