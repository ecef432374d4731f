-- One row per job that is neither done nor cancelled, the hundred oldest: for whom, who leads it, and when it is planned.
select
    jobs.number,
    jobs.title,
    jobs.category,
    jobs.state,
    jobs.lead_name,
    customers.name as customer_name,
    jobs.created_at,
    jobs.scheduled_at,
    jobs.account,
    jobs._url
from marts.jobs as jobs
left join marts.customers as customers on customers.customer_key = jobs.customer_key
where jobs.state not in ('done', 'cancelled')
    and jobs.account in (:accounts)
order by jobs.created_at, jobs.job_key
limit 100
