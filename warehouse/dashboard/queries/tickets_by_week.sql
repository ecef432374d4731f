-- One row per week (Monday): tickets opened and closed in it.
select
    cast(date_trunc('week', day) as date) as week,
    cast(sum(opened) as bigint) as opened,
    cast(sum(closed) as bigint) as closed
from marts.ticket_backlog_daily
where true
    and account in (:accounts)
    and team in (:teams)
    and day >= :first_day
    and day <= :last_day
group by cast(date_trunc('week', day) as date)
order by week
