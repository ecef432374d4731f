-- Which teams finish their tasks late? One row per team, of tasks that are due, from the vendor's table (BOSSDesk).
select
    coalesce(task.team__name, 'no team') as team,
    count(*) as due_tasks,
    count(case when task.closed_at > task.due_at then 1 end) as closed_late,
    count(case when task.closed_at is null then 1 end) as open_past_due
from bossdesk.tickets__tasks as task
inner join marts.calendar as today on today.is_today
where task._deleted_at is null
    and task.due_at < cast(today.day as timestamp) at time zone 'UTC'
group by coalesce(task.team__name, 'no team')
order by open_past_due desc, closed_late desc, team
