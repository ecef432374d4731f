-- One row per ticket: how long it waited for a first response and for its end, in calendar and in business minutes.
{{ config(alias=var('prefix') ~ 'ticket_metrics', indexes=key_index(['ticket_key'], [['account', 'opened_on']])) }}
{{ config(keyed={
    'key': 'ticket_key',
    'changes': [
        {'of': 'tickets', 'key': 'ticket_key', 'without': ['age_days', 'age_band', 'is_overdue', 'is_past_end']},
        {'of': 'sla', 'key': 'ticket_key', 'without': ['minutes_late', 'business_minutes_late', 'is_open_past_due']},
        {'of': 'stg_bossdesk__ticket_comments', 'key': 'ticket_key'},
        {'of': 'agent_time', 'key': 'ticket_key'},
        {'of': 'ticket_status_history', 'key': 'ticket_key'},
        {'of': 'stg_notific__tickets', 'key': 'ticket_key'},
        {'of': 'int_business_days', 'ignoring': ['is_today', 'days_from_now']},
    ],
}) }}
with first_responses as (
    select
        comment.ticket_key,
        min(comment.created_at) as first_response_at
    from {{ ref('fieldhouse', 'stg_bossdesk__ticket_comments') }} as comment
    where comment.from_agent and comment.is_public {{ only('comment.ticket_key', 'and') }}
    group by comment.ticket_key
),

conversations as (
    select
        ticket_key,
        count(*) as comments,
        count(case when from_agent and is_public then 1 end) as agent_replies
    from {{ ref('fieldhouse', 'stg_bossdesk__ticket_comments') }}{{ only('ticket_key') }}
    group by ticket_key
),

work as (
    select ticket_key, {{ total('minutes') }} as agent_minutes
    from {{ ref('fieldhouse', 'agent_time') }}{{ only('ticket_key') }}
    group by ticket_key
),

-- an account with a history knows every reopening that a sync saw; without one BOSSDesk tells none, Notific the last
histories as (
    select
        ticket_key,
        count(case when is_reopening then 1 end) as reopenings
    from {{ ref('fieldhouse', 'ticket_status_history') }}{{ only('ticket_key') }}
    group by ticket_key
),

reopenings as (
    select ticket_key, cast(case when reopened_at is null then 0 else 1 end as bigint) as reopenings
    from {{ ref('fieldhouse', 'stg_notific__tickets') }}{{ only('ticket_key') }}
),

moments as (
    select ticket_key || ' opened' as moment_key, account, opened_on as day, opened_at as moment
    from {{ ref('fieldhouse', 'tickets') }}
    where opened_at is not null {{ only('ticket_key', 'and') }}
    union all
    select ticket_key || ' closed', account, {{ local_day('closed_at', 'time_zone') }}, closed_at
    from {{ ref('fieldhouse', 'tickets') }}
    where closed_at is not null {{ only('ticket_key', 'and') }}
    union all
    select
        ticket.ticket_key || ' answered',
        ticket.account,
        {{ local_day('first_responses.first_response_at', 'ticket.time_zone') }},
        first_responses.first_response_at
    from {{ ref('fieldhouse', 'tickets') }} as ticket
    inner join first_responses on first_responses.ticket_key = ticket.ticket_key
    {{ only('ticket.ticket_key') }}
),

business as (
    {{ business_minutes_until('moments', 'moment_key') }}
)

select
    ticket.ticket_key,
    ticket.vendor,
    ticket.account,
    ticket.team,
    ticket.priority,
    ticket.opened_at,
    first_responses.first_response_at,
    ticket.closed_at as resolved_at,
    ticket.opened_on,
    ticket.opened_in_week,
    ticket.time_zone,
    {{ minutes_between('ticket.opened_at', 'first_responses.first_response_at') }} as first_response_minutes,
    case when first_responses.first_response_at >= ticket.opened_at then
        {{ whole_minutes('answered.minutes - opened.minutes') }}
    end as first_response_business_minutes,
    {{ minutes_between('ticket.opened_at', 'ticket.closed_at') }} as resolution_minutes,
    case when ticket.closed_at >= ticket.opened_at then
        {{ whole_minutes('closed.minutes - opened.minutes') }}
    end as resolution_business_minutes,
    case sla.sla_state when 'met' then true when 'missed' then false end as is_resolved_in_time,
    sla.sla_state,
    coalesce(histories.reopenings, reopenings.reopenings) as reopenings,
    case when ticket.vendor = 'bossdesk' then coalesce(conversations.comments, 0) end as comments,
    case when ticket.vendor = 'bossdesk' then coalesce(conversations.agent_replies, 0) end as agent_replies,
    case when ticket.vendor = 'bossdesk' then coalesce(work.agent_minutes, 0) end as agent_minutes
from {{ ref('fieldhouse', 'tickets') }} as ticket
left join first_responses on first_responses.ticket_key = ticket.ticket_key
left join business as opened on opened.moment_key = ticket.ticket_key || ' opened'
left join business as answered on answered.moment_key = ticket.ticket_key || ' answered'
left join business as closed on closed.moment_key = ticket.ticket_key || ' closed'
left join {{ ref('fieldhouse', 'sla') }} as sla on sla.ticket_key = ticket.ticket_key and sla.target = 'resolution'
left join conversations on conversations.ticket_key = ticket.ticket_key
left join work on work.ticket_key = ticket.ticket_key
left join histories on histories.ticket_key = ticket.ticket_key
left join reopenings on reopenings.ticket_key = ticket.ticket_key
{{ only('ticket.ticket_key') }}
