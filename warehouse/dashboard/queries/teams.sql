-- One row per team that has tickets.
select coalesce(team, 'no team') as team
from marts.tickets
where true
    and account in (:accounts)
group by coalesce(team, 'no team')
order by team
