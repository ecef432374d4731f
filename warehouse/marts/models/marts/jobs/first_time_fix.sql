-- One row per account and month of completion: jobs that were done with a single visit, and visits that had to be repeated.
{{ config(alias=var('prefix') ~ 'first_time_fix', indexes=key_index(['month_key'])) }}
{{ config(keyed={
    'key': 'month_key',
    'changes': [
        {'of': 'jobs', 'key': "account || ':' || cast(date_trunc('month', completed_on) as date)"},
        {'of': 'visits', 'key': "account || ':' || cast(date_trunc('month', visit_on) as date)"},
    ],
}) }}
with jobs as (
    select
        job_key,
        account,
        vendor,
        cast(date_trunc('month', completed_on) as date) as month,
        visits
    from {{ ref('fieldhouse', 'jobs') }}
    where state = 'done' and completed_on is not null
),

job_months as (
    select
        account,
        vendor,
        month,
        count(*) as done_jobs,
        count(case when visits > 0 then 1 end) as visited_jobs,
        count(case when visits = 1 then 1 end) as fixed_first_time
    from jobs
    group by account, vendor, month
),

visit_months as (
    select
        account,
        vendor,
        cast(date_trunc('month', visit_on) as date) as month,
        count(*) as done_visits,
        count(case when is_repeated_30d then 1 end) as repeated_visits
    from {{ ref('fieldhouse', 'visits') }}
    where state = 'done' and visit_on is not null
    group by account, vendor, cast(date_trunc('month', visit_on) as date)
),

months as (
    select account, vendor, month from job_months
    union
    select account, vendor, month from visit_months
)

select
    months.account || ':' || months.month as month_key,
    months.vendor,
    months.account,
    months.month,
    coalesce(job_months.done_jobs, 0) as done_jobs,
    coalesce(job_months.visited_jobs, 0) as visited_jobs,
    coalesce(job_months.fixed_first_time, 0) as fixed_first_time,
    cast(job_months.fixed_first_time as double precision) / nullif(job_months.visited_jobs, 0) as first_time_fix_share,
    coalesce(visit_months.done_visits, 0) as done_visits,
    coalesce(visit_months.repeated_visits, 0) as repeated_visits,
    cast(visit_months.repeated_visits as double precision) / nullif(visit_months.done_visits, 0) as repeat_share
from months
left join job_months on job_months.account = months.account and job_months.month = months.month
left join visit_months on visit_months.account = months.account and visit_months.month = months.month
{{ only("months.account || ':' || months.month") }}
