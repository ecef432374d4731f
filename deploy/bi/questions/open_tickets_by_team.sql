-- Who has the most open tickets? One row per team.
select
    coalesce(team, 'no team') as team,
    count(*) as open_tickets,
    count(case when is_overdue then 1 end) as overdue,
    max(age_days) as oldest_days
from marts.tickets
where is_open
group by coalesce(team, 'no team')
order by open_tickets desc, team
