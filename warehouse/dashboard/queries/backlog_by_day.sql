-- One row per day: tickets open at its end, in the time zone of their account.
select
    day,
    cast(sum(open_at_end) as bigint) as open_tickets
from marts.ticket_backlog_daily
where true
    and account in (:accounts)
    and team in (:teams)
    and day >= :first_day
    and day <= :last_day
group by day
order by day
