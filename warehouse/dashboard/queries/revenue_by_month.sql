-- One row per month (UTC) of a job's first invoice: money invoiced and paid, in the accounts' own currency.
select
    cast(date_trunc('month', first_invoiced_at at time zone 'UTC') as date) as month,
    count(*) as jobs,
    sum(invoiced) as invoiced,
    sum(paid) as paid,
    sum(balance) as owed
from marts.revenue_by_job
where first_invoiced_at is not null
    and account in (:accounts)
    and cast(first_invoiced_at at time zone 'UTC' as date) >= :first_day
    and cast(first_invoiced_at at time zone 'UTC' as date) <= :last_day
group by cast(date_trunc('month', first_invoiced_at at time zone 'UTC') as date)
order by month
