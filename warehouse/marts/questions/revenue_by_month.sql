-- What did we invoice and collect, month by month? One row per month and currency, over all accounts.
select
    month,
    coalesce(currency, 'currency of ' || account) as currency,
    sum(invoiced) as invoiced,
    sum(credits) as credits,
    sum(collected) as collected,
    sum(unapplied) as unapplied
from marts.revenue_by_month
group by month, coalesce(currency, 'currency of ' || account)
order by month, currency
