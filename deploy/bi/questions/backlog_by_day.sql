-- Does the backlog grow? One row per day of the last 13 weeks: tickets opened, closed, and open at the end of the day.
select
    backlog.day,
    sum(backlog.opened) as opened,
    sum(backlog.closed) as closed,
    sum(backlog.open_at_end) as open_at_end,
    sum(backlog.past_due_at_end) as past_due_at_end
from marts.ticket_backlog_daily as backlog
inner join marts.calendar as calendar on calendar.day = backlog.day
where calendar.days_from_now between -90 and 0
group by backlog.day
order by backlog.day
