-- Who owes how much, and how long already? One row per age band, over all vendors.
select
    age_band,
    count(*) as invoices,
    sum(balance) as balance,
    max(days_overdue) as longest_days
from marts.receivables_ageing
group by age_band
order by min(case age_band when 'credit' then -3 when 'no due date' then -2 when 'not due' then -1 else days_overdue end)
