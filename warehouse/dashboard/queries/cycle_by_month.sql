-- One row per month of completion, in the account's time zone: days that each step takes, half of the jobs take less.
select
    cast(date_trunc('month', completed_on) as date) as month,
    count(*) as done_jobs,
    round(cast(percentile_cont(0.5) within group (order by waiting_minutes / 1440.0) as numeric(18, 6)), 2) as waiting,
    round(cast(percentile_cont(0.5) within group (order by working_minutes / 1440.0) as numeric(18, 6)), 2) as working,
    round(cast(percentile_cont(0.5) within group (order by invoicing_minutes / 1440.0) as numeric(18, 6)), 2) as invoicing,
    round(cast(percentile_cont(0.5) within group (order by payment_minutes / 1440.0) as numeric(18, 6)), 2) as payment
from marts.job_cycle_times
where state = 'done'
    and account in (:accounts)
    and completed_on >= :first_day
    and completed_on <= :last_day
group by cast(date_trunc('month', completed_on) as date)
order by month
