-- One row per currency and age: invoices of which something is owed today, the longest overdue last, and credits.
select
    age_band,
    :currency as currency,
    count(*) as invoices,
    sum(balance) as owed,
    max(days_overdue) as longest_days
from marts.receivables_ageing
where true
    and account in (:accounts)
group by :currency, age_band
order by
    :currency,
    min(case age_band when 'credit' then -3 when 'no due date' then -2 when 'not due' then -1 else days_overdue end)
