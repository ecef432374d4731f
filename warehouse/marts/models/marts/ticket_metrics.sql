-- One row per ticket: how long it waited for a first response and for its end, in calendar and in business minutes.
with first_responses as (
    select
        comment.ticket_key,
        min(comment.created_at) as first_response_at
    from {{ ref('stg_bossdesk__ticket_comments') }} as comment
    where comment.from_agent and comment.is_public
    group by comment.ticket_key
),

conversations as (
    select
        ticket_key,
        count(*) as comments,
        count(case when from_agent and is_public then 1 end) as agent_replies
    from {{ ref('stg_bossdesk__ticket_comments') }}
    group by ticket_key
),

work as (
    select ticket_key, cast(sum(minutes) as bigint) as agent_minutes
    from {{ ref('stg_bossdesk__ticket_time_entries') }}
    group by ticket_key
),

-- BOSSDesk does not tell that a ticket was opened again, so the number is unknown there; Notific tells the last time
reopenings as (
    select ticket_key, cast(case when reopened_at is null then 0 else 1 end as bigint) as reopenings
    from {{ ref('stg_notific__tickets') }}
),

tickets as (
    select
        ticket.*,
        first_responses.first_response_at,
        {{ local_day('first_responses.first_response_at', 'ticket.time_zone') }} as first_response_on
    from {{ ref('tickets') }} as ticket
    left join first_responses on first_responses.ticket_key = ticket.ticket_key
)

select
    tickets.ticket_key,
    tickets.vendor,
    tickets.account,
    tickets.team,
    tickets.priority,
    tickets.opened_at,
    tickets.first_response_at,
    tickets.closed_at as resolved_at,
    tickets.opened_on,
    opened.week_starts_on as opened_in_week,
    tickets.time_zone,
    {{ minutes_between('tickets.opened_at', 'tickets.first_response_at') }} as first_response_minutes,
    case when tickets.first_response_at >= tickets.opened_at then cast(floor(
        {{ business_minutes_until('tickets.first_response_at', 'day_of_response') }}
        - {{ business_minutes_until('tickets.opened_at', 'day_of_opening') }}
    ) as bigint) end as first_response_business_minutes,
    {{ minutes_between('tickets.opened_at', 'tickets.closed_at') }} as resolution_minutes,
    case when tickets.closed_at >= tickets.opened_at then cast(floor(
        {{ business_minutes_until('tickets.closed_at', 'day_of_closing') }}
        - {{ business_minutes_until('tickets.opened_at', 'day_of_opening') }}
    ) as bigint) end as resolution_business_minutes,
    tickets.closed_at <= tickets.due_at as is_resolved_in_time,
    reopenings.reopenings,
    case when tickets.vendor = 'bossdesk' then coalesce(conversations.comments, 0) end as comments,
    case when tickets.vendor = 'bossdesk' then coalesce(conversations.agent_replies, 0) end as agent_replies,
    case when tickets.vendor = 'bossdesk' then coalesce(work.agent_minutes, 0) end as agent_minutes
from tickets
left join {{ ref('calendar') }} as opened on opened.day = tickets.opened_on
left join {{ ref('int_business_days') }} as day_of_opening
    on day_of_opening.time_zone = tickets.time_zone and day_of_opening.day = tickets.opened_on
left join {{ ref('int_business_days') }} as day_of_response
    on day_of_response.time_zone = tickets.time_zone and day_of_response.day = tickets.first_response_on
left join {{ ref('int_business_days') }} as day_of_closing
    on day_of_closing.time_zone = tickets.time_zone and day_of_closing.day = {{ local_day('tickets.closed_at', 'tickets.time_zone') }}
left join conversations on conversations.ticket_key = tickets.ticket_key
left join work on work.ticket_key = tickets.ticket_key
left join reopenings on reopenings.ticket_key = tickets.ticket_key
