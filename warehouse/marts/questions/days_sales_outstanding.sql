-- How long do customers take to pay? One row per account, currency and month, where the vendor dates payments; DSO in days.
select
    account,
    currency,
    month,
    invoiced,
    sum(invoiced - collected + unapplied) over so_far as owed_at_end,
    sum(invoiced - collected + unapplied) over so_far / nullif(invoiced, 0)
        * extract(day from month + interval '1 month' - interval '1 day') as dso_days
from marts.revenue_by_month
where collected is not null
window so_far as (partition by account, currency order by month rows unbounded preceding)
order by account, currency, month
