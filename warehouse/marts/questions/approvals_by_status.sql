-- How long do approvals take? One row per status of a request; half of the answers take less than the median.
select
    status,
    count(*) as requests,
    count(responded_at) as answered,
    percentile_cont(0.5) within group (order by extract(epoch from responded_at - created_at) / 3600.0) as median_hours
from marts.ticket_approvals
group by status
order by requests desc, status
