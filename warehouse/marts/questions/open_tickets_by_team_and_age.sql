-- How many tickets are open, by team and age? One row per team and age band, the oldest last.
select
    coalesce(team, 'no team') as team,
    age_band,
    count(*) as open_tickets,
    count(case when is_overdue then 1 end) as overdue
from marts.tickets
where is_open
group by coalesce(team, 'no team'), age_band
order by team, min(age_days)
