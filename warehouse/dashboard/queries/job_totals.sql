-- One row: jobs not done yet now; jobs done in the period, with half of them faster than that.
with chosen as (
    select state, cycle_minutes, completed_on
    from marts.job_cycle_times
    where true
        and account in (:accounts)
),

now_open as (
    select count(*) as open_jobs from chosen where state not in ('done', 'cancelled')
),

done as (
    select
        count(*) as done_jobs,
        percentile_cont(0.5) within group (order by cycle_minutes / 1440.0) as median_cycle_days
    from chosen
    where state = 'done'
        and completed_on >= :first_day
        and completed_on <= :last_day
)

select *
from now_open
cross join done
