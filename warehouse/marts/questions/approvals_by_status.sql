-- How long do approvals take? One row per status of a request, half of the answers take less, from the vendor's table (BOSSDesk).
select
    status,
    count(*) as requests,
    count(responded_at) as answered,
    percentile_cont(0.5) within group (order by extract(epoch from responded_at - created_at) / 3600.0) as median_hours
from bossdesk.tickets__approval_requests
where _deleted_at is null
group by status
order by requests desc, status
