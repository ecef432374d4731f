-- How many people are off? One row per day with somebody off, from four weeks ago to four weeks ahead.
select
    calendar.day,
    count(distinct time_off.worker_key) as people_off
from marts.calendar as calendar
inner join marts.time_off as time_off on time_off.first_day <= calendar.day and time_off.last_day >= calendar.day
where time_off.state = 'approved'
    and calendar.days_from_now between -28 and 28
group by calendar.day
order by calendar.day
