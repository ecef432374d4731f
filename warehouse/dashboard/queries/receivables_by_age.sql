-- One row per currency and age: invoices of which something is owed today, the longest overdue last, and credits.
select
    age_band,
    coalesce(currency, 'currency of ' || account) as currency,
    count(*) as invoices,
    sum(balance) as owed,
    max(days_overdue) as longest_days
from marts.receivables_ageing
where true
    and account in (:accounts)
group by coalesce(currency, 'currency of ' || account), age_band
order by
    coalesce(currency, 'currency of ' || account),
    min(case age_band when 'credit' then -3 when 'no due date' then -2 when 'not due' then -1 else days_overdue end)
