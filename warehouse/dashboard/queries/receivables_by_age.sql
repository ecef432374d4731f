-- One row per age: invoices of which something is owed today, the longest overdue last, and credits.
select
    age_band,
    count(*) as invoices,
    sum(balance) as owed,
    max(days_overdue) as longest_days
from marts.receivables_ageing
where true
    and account in (:accounts)
group by age_band
order by min(case age_band when 'credit' then -3 when 'no due date' then -2 when 'not due' then -1 else days_overdue end)
