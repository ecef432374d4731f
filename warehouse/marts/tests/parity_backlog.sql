-- What is open at the end of today is what is open: the daily sums lose no ticket.
with latest as (
    select account, sum(open_at_end) as open_tickets
    from {{ ref('ticket_backlog_daily') }}
    where day = (select day from {{ ref('calendar') }} where is_today)
    group by account
),

tickets as (
    select account, count(*) as open_tickets
    from {{ ref('tickets') }}
    where is_open and opened_on <= (select day from {{ ref('calendar') }} where is_today)
    group by account
)

select tickets.account, tickets.open_tickets, latest.open_tickets as in_backlog
from tickets
full outer join latest on latest.account = tickets.account
where coalesce(tickets.open_tickets, 0) <> coalesce(latest.open_tickets, 0)
