-- One row per currency, or account without one: what is owed now, what of it is overdue, and credits.
-- Written by 'python -m fieldhouse.pipelines.semantic_layer'.
select
    coalesce(currency, 'currency of ' || account) as currency,
    coalesce(sum(case when balance > 0 then balance end), 0) as owed,
    coalesce(sum(case when days_overdue > 0 and balance > 0 then balance end), 0) as overdue,
    coalesce(sum(case when balance < 0 then balance end), 0) as credits
from marts.receivables_ageing
where true
    and account in (:accounts)
group by coalesce(currency, 'currency of ' || account)
order by currency
