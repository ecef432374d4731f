-- Who owes how much, and how long already? One row per age band and currency.
select
    age_band,
    coalesce(currency, 'currency of ' || account) as currency,
    count(*) as invoices,
    sum(balance) as balance,
    max(days_overdue) as longest_days
from marts.receivables_ageing
where not is_credit
group by age_band, coalesce(currency, 'currency of ' || account)
order by min(coalesce(days_overdue, -1)), currency
