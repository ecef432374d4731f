-- One row per account, team and day, from the team's first ticket to today: opened, closed, and open at the day's end.
{{ config(alias=var('prefix') ~ 'ticket_backlog_daily', indexes=key_index(['account', 'team', 'day'], [['account', 'day']])) }}
with first_days as (
    select min(day) as first_day from {{ ref('fieldhouse', 'calendar') }}
),

-- what is older than the calendar counts on its first day
tickets as (
    select
        ticket.account,
        ticket.vendor,
        coalesce(ticket.team, 'no team') as team,
        greatest(ticket.opened_on, first_days.first_day) as opened_on,
        greatest(ticket.closed_on, ticket.opened_on, first_days.first_day) as closed_on,
        case when ticket.due_at < {{ now() }} then
            greatest(ticket.due_on, ticket.opened_on, first_days.first_day)
        end as late_from,
        ticket.closed_on is not null as is_closed
    from {{ ref('fieldhouse', 'tickets') }} as ticket
    cross join first_days
    where ticket.opened_on is not null and coalesce(ticket.state, '') <> 'planned'
),

opened as (
    select account, team, opened_on as day, count(*) as opened
    from tickets
    group by account, team, opened_on
),

closed as (
    select account, team, closed_on as day, count(*) as closed
    from tickets
    where is_closed
    group by account, team, closed_on
),

-- a ticket is past due from the end of its due day until it is closed
late_changes as (
    select account, team, late_from as day, 1 as change
    from tickets
    where late_from is not null and (not is_closed or closed_on > late_from)
    union all
    select account, team, closed_on, -1
    from tickets
    where late_from is not null and is_closed and closed_on > late_from
),

late as (
    select account, team, day, sum(change) as change
    from late_changes
    group by account, team, day
),

teams as (
    select account, vendor, team, min(opened_on) as first_day
    from tickets
    group by account, vendor, team
),

days as (
    select teams.account, teams.vendor, teams.team, calendar.day
    from teams
    inner join {{ ref('fieldhouse', 'int_account_zones') }} as zones on zones.account = teams.account
    inner join {{ ref('fieldhouse', 'calendar') }} as calendar
        on calendar.day >= teams.first_day and calendar.day <= zones.today
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
    ) as bigint) as open_at_end,
    cast(sum(coalesce(late.change, 0)) over (
        partition by days.account, days.team order by days.day
    ) as bigint) as past_due_at_end
from days
left join opened on opened.account = days.account and opened.team = days.team and opened.day = days.day
left join closed on closed.account = days.account and closed.team = days.team and closed.day = days.day
left join late on late.account = days.account and late.team = days.team and late.day = days.day
