-- How many tickets are solved in time, by priority? One row per priority; open tickets past their due time are missed.
select
    coalesce(priority, 'no priority') as priority,
    count(case when sla_state = 'met' then 1 end) as met,
    count(case when sla_state = 'missed' then 1 end) as missed,
    count(case when is_open_past_due then 1 end) as open_past_due,
    avg(case sla_state when 'met' then 1.0 when 'missed' then 0.0 end) as met_share
from marts.sla
where sla_state in ('met', 'missed')
group by coalesce(priority, 'no priority')
order by met_share, priority
