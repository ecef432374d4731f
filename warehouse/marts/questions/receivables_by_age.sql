-- Who owes how much, and how long already? One row per currency and age band, over all vendors.
select
    age_band,
    currency,
    count(*) as invoices,
    sum(balance) as balance,
    max(days_overdue) as longest_days
from marts.receivables_ageing
group by currency, age_band
order by currency, min(case age_band when 'credit' then -3 when 'no due date' then -2 when 'not due' then -1 else days_overdue end)
