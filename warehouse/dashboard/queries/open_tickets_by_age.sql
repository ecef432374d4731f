-- One row per age: open tickets that are in time and overdue, the oldest last.
select
    age_band,
    count(case when not is_overdue then 1 end) as in_time,
    count(case when is_overdue then 1 end) as overdue
from marts.tickets
where is_open
    and age_band is not null
    and account in (:accounts)
    and coalesce(team, 'no team') in (:teams)
group by age_band
order by min(age_days)
