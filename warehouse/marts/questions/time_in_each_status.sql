-- Where do tickets wait? One row per status, from the histories that accounts keep: hours, waits and reopenings.
select
    status,
    coalesce(extended_status, 'none') as extended_status,
    count(*) as intervals,
    sum(calendar_minutes) / 60.0 as hours,
    sum(business_minutes) / 60.0 as business_hours,
    count(case when is_reopening then 1 end) as reopenings
from marts.ticket_status_history
where status <> 'closed'
group by status, coalesce(extended_status, 'none')
order by hours desc, status, extended_status
