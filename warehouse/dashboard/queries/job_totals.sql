-- One row: jobs not done yet now; jobs done in the period, with half of them faster than that.
-- Written by 'python -m fieldhouse.pipelines.semantic_layer'.
with job_cycle_times_now as (
    select
        count(case when state not in ('done', 'cancelled') then 1 end) as open_jobs
    from marts.job_cycle_times
    where true
        and account in (:accounts)
),

job_cycle_times_by_completed_on as (
    select
        count(case when state = 'done' then 1 end) as done_jobs,
        percentile_cont(0.5) within group (order by case when state = 'done' then cycle_minutes / 1440.0 end) as median_cycle_days
    from marts.job_cycle_times
    where true
        and account in (:accounts)
        and completed_on >= :first_day
        and completed_on <= :last_day
)

select *
from job_cycle_times_now
cross join job_cycle_times_by_completed_on
