-- Who did how much, and where did we come back? One row per technician and currency, of done jobs; a job's revenue is divided equally.
with by_job as (
    select
        work.technician_key,
        work.job_key,
        max(work.technician_name) as technician_name,
        sum(work.worked_minutes) as worked_minutes,
        count(*) over (partition by work.job_key) as technicians,
        count(case when visits.is_repeated_30d then 1 end) as repeated_visits
    from marts.visit_technicians as work
    left join marts.visits as visits on visits.visit_key = work.visit_key
    group by work.technician_key, work.job_key
)

select
    by_job.technician_key,
    jobs.currency,
    max(by_job.technician_name) as technician_name,
    count(*) as done_jobs,
    sum(by_job.worked_minutes) / 60.0 as worked_hours,
    sum(by_job.repeated_visits) as repeated_visits,
    sum(revenue.invoiced / by_job.technicians) as revenue_share
from by_job
inner join marts.jobs as jobs on jobs.job_key = by_job.job_key
inner join marts.revenue_by_job as revenue on revenue.job_key = by_job.job_key
where jobs.state = 'done'
group by by_job.technician_key, jobs.currency
order by revenue_share desc nulls last, by_job.technician_key
