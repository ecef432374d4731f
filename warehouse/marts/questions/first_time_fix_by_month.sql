-- How often is one visit enough, and how often do we come back? One row per month of completion, over all accounts.
select
    month,
    sum(visited_jobs) as visited_jobs,
    sum(fixed_first_time) as fixed_first_time,
    1.0 * sum(fixed_first_time) / nullif(sum(visited_jobs), 0) as first_time_fix_share,
    sum(repeated_visits) as repeated_visits,
    1.0 * sum(repeated_visits) / nullif(sum(done_visits), 0) as repeat_share
from marts.first_time_fix
group by month
order by month
