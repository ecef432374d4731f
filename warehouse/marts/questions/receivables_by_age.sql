-- Who owes how much, and how long already? One row per currency and age band, over all vendors.
select
    age_band,
    coalesce(currency, 'currency of ' || account) as currency,
    count(*) as invoices,
    sum(balance) as balance,
    max(days_overdue) as longest_days
from marts.receivables_ageing
group by coalesce(currency, 'currency of ' || account), age_band
order by currency, min(case age_band when 'credit' then -3 when 'no due date' then -2 when 'not due' then -1 else days_overdue end)
