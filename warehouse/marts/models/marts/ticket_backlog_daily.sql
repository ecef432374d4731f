-- One row per account, team and day, from the team's first ticket to today: opened, closed, and open at the day's end.
with tickets as (
    select account, vendor, coalesce(team, 'no team') as team, opened_on, closed_on
    from {{ ref('tickets') }}
    where opened_on is not null
),

opened as (
    select account, team, opened_on as day, count(*) as opened
    from tickets
    group by account, team, opened_on
),

closed as (
    select account, team, greatest(closed_on, opened_on) as day, count(*) as closed
    from tickets
    where closed_on is not null
    group by account, team, greatest(closed_on, opened_on)
),

teams as (
    select account, vendor, team, min(opened_on) as first_day
    from tickets
    group by account, vendor, team
),

days as (
    select teams.account, teams.vendor, teams.team, calendar.day
    from teams
    inner join {{ ref('calendar') }} as calendar
        on calendar.day >= teams.first_day and calendar.days_from_now <= 0
)

select
    days.day,
    days.vendor,
    days.account,
    days.team,
    coalesce(opened.opened, 0) as opened,
    coalesce(closed.closed, 0) as closed,
    cast(sum(coalesce(opened.opened, 0) - coalesce(closed.closed, 0)) over (
        partition by days.account, days.team order by days.day
    ) as bigint) as open_at_end
from days
left join opened on opened.account = days.account and opened.team = days.team and opened.day = days.day
left join closed on closed.account = days.account and closed.team = days.team and closed.day = days.day
