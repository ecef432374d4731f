-- One row per team: open tickets that are in time and overdue, the team with the most first.
select
    coalesce(team, 'no team') as team,
    count(case when not is_overdue then 1 end) as in_time,
    count(case when is_overdue then 1 end) as overdue
from marts.tickets
where is_open
    and account in (:accounts)
    and coalesce(team, 'no team') in (:teams)
group by coalesce(team, 'no team')
order by count(*) desc, team
