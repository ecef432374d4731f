-- Who owes how much, and how long already? One row per age band, over all vendors.
select
    age_band,
    count(*) as invoices,
    sum(balance) as balance,
    max(days_overdue) as longest_days
from marts.receivables_ageing
group by age_band
order by min(days_overdue), age_band
