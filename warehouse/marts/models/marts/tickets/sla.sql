-- One row per ticket and target: until when it was due, when that was reached, and whether in time.
-- The vendors tell one target, the time of resolution.
{{ config(alias=var('prefix') ~ 'sla', indexes=key_index(['sla_key'], [['ticket_key'], ['account', 'due_on']])) }}
{{ config(keyed={
    'key': 'ticket_key',
    'while': "reached_at is null and due_at < :now and sla_state in ('running', 'missed')",
    'changes': [
        {'of': 'tickets', 'key': 'ticket_key', 'without': ['age_days', 'age_band', 'is_overdue', 'is_past_end']},
        {'of': 'int_business_days', 'ignoring': ['is_today', 'days_from_now']},
    ],
}) }}
with targets as (
    select
        ticket_key,
        vendor,
        account,
        team,
        priority,
        state,
        time_zone,
        opened_at,
        opened_on,
        'resolution' as target,
        due_at,
        due_on,
        closed_at as reached_at
    from {{ ref('fieldhouse', 'tickets') }}{{ only('ticket_key') }}
),

judged as (
    select
        *,
        case
            when due_at is null then 'none'
            when state = 'closed' and reached_at is null then 'none'
            when reached_at <= due_at then 'met'
            when reached_at > due_at then 'missed'
            when due_at < {{ now() }} then 'missed'
            else 'running'
        end as sla_state,
        case
            when due_at is null or (state = 'closed' and reached_at is null) then null
            when coalesce(reached_at, {{ now() }}) > due_at then coalesce(reached_at, {{ now() }})
        end as late_until
    from targets
),

moments as (
    select ticket_key || ' due' as moment_key, account, due_on as day, due_at as moment
    from judged
    where late_until is not null
    union all
    select ticket_key || ' late', account, {{ local_day('late_until', 'time_zone') }}, late_until
    from judged
    where late_until is not null
),

business as (
    {{ business_minutes_until('moments', 'moment_key') }}
)

select
    judged.ticket_key || ':' || judged.target as sla_key,
    judged.ticket_key,
    judged.vendor,
    judged.account,
    judged.team,
    judged.priority,
    judged.opened_on,
    judged.target,
    judged.due_at,
    judged.due_on,
    judged.reached_at,
    judged.sla_state,
    judged.sla_state = 'missed' and judged.state = 'open' as is_open_past_due,
    case when judged.late_until is not null then {{ minutes_between('judged.due_at', 'judged.late_until') }} end as minutes_late,
    case when judged.late_until is not null then
        {{ whole_minutes('late.minutes - due.minutes') }}
    end as business_minutes_late
from judged
left join business as due on due.moment_key = judged.ticket_key || ' due'
left join business as late on late.moment_key = judged.ticket_key || ' late'
