-- One row per age: invoices of which something is owed today, the longest overdue last.
select
    age_band,
    count(*) as invoices,
    sum(balance) as owed,
    max(days_overdue) as longest_days
from marts.receivables_ageing
where true
    and account in (:accounts)
group by age_band
order by min(case when age_band = 'not due' then -1 when age_band = 'no due date' then -2 else days_overdue end)
