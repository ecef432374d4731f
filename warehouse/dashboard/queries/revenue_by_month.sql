-- One row per month in the account's time zone and currency: money invoiced and collected, each by its own date.
select
    month,
    :currency as currency,
    cast(sum(invoices) as bigint) as invoices,
    sum(invoiced) as invoiced,
    sum(collected) as collected,
    sum(credits) as credits,
    sum(unapplied) as unapplied
from marts.revenue_by_month
where true
    and account in (:accounts)
    and month >= cast(date_trunc('month', cast(:first_day as date)) as date)
    and month <= :last_day
group by month, :currency
order by month, :currency
