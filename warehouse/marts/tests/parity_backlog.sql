-- What is open at the end of an account's today is what is open: the daily sums lose no ticket.
with latest as (
    select backlog.account, sum(backlog.open_at_end) as open_tickets
    from {{ ref('fieldhouse', 'ticket_backlog_daily') }} as backlog
    inner join {{ ref('fieldhouse', 'int_account_zones') }} as zones on zones.account = backlog.account and zones.today = backlog.day
    group by backlog.account
),

tickets as (
    select account, count(*) as open_tickets
    from {{ ref('fieldhouse', 'tickets') }}
    where is_open and opened_on is not null
    group by account
)

select coalesce(tickets.account, latest.account) as account, tickets.open_tickets, latest.open_tickets as in_backlog
from tickets
full outer join latest on latest.account = tickets.account
where coalesce(tickets.open_tickets, 0) <> coalesce(latest.open_tickets, 0)
