-- Are tickets resolved in time? One row per month of opening and target: met, missed, still running.
select
    cast(date_trunc('month', opened_on) as date) as month,
    target,
    count(case when sla_state = 'met' then 1 end) as met,
    count(case when sla_state = 'missed' then 1 end) as missed,
    count(case when sla_state = 'running' then 1 end) as running
from marts.sla
where sla_state <> 'none'
group by cast(date_trunc('month', opened_on) as date), target
order by month, target
