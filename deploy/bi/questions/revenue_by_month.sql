-- What was invoiced and collected? One row per month and currency.
select
    month,
    coalesce(currency, 'currency of ' || account) as currency,
    sum(invoiced) as invoiced,
    sum(collected) as collected,
    sum(balance_of_invoiced) as still_open
from marts.revenue_by_month
where month is not null
group by month, coalesce(currency, 'currency of ' || account)
order by month, currency
