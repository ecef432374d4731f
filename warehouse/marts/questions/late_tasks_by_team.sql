-- Which teams finish their tasks late? One row per team, of tasks that were due before today.
select
    coalesce(task.team, 'no team') as team,
    count(*) as due_tasks,
    count(case when task.is_late and not task.is_open then 1 end) as closed_late,
    count(case when task.is_open then 1 end) as open_past_due
from marts.ticket_tasks as task
inner join marts.calendar as today on today.is_today
where task.due_at < cast(today.day as timestamp) at time zone 'UTC'
group by coalesce(task.team, 'no team')
order by open_past_due desc, closed_late desc, team
