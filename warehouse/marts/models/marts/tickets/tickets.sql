-- One row per ticket of a help desk, open, closed or planned.
{{ config(alias=var('prefix') ~ 'tickets', indexes=key_index(['ticket_key'], [['account', 'opened_on'], ['assignee_key'], ['customer_key']])) }}
{{ config(keyed={
    'key': 'ticket_key',
    'while': "(state = 'planned' and opened_at <= :now) or (state = 'open' and (age_days <> " ~ days_between('opened_at', ':now')
        ~ " or (not is_overdue and due_at < :now) or (not is_past_end and ends_at < :now)))",
    'passing': [
        {'of': 'stg_bossdesk__tickets', 'key': 'ticket_key', 'when': 'closed_at > :before and closed_at <= :now'},
        {'of': 'stg_bossdesk__tickets', 'key': 'ticket_key', 'when': 'has_closed_status and closed_at is null and updated_at > :before'},
        {'of': 'stg_notific__tickets', 'key': 'ticket_key', 'when': 'closed_at > :before and closed_at <= :now'},
    ],
    'changes': [
        {'of': 'stg_bossdesk__tickets', 'key': 'ticket_key'},
        {'of': 'stg_notific__tickets', 'key': 'ticket_key'},
        {'of': 'stg_notific__ticket_customers', 'key': 'ticket_key'},
        {'of': 'stg_notific__customers', 'key': 'customer_key', 'path': [['stg_notific__ticket_customers', 'customer_key', 'ticket_key']]},
        {'of': 'stg_notific__services', 'key': 'service_key', 'path': [['stg_notific__tickets', 'service_key', 'ticket_key']]},
        {'of': 'stg_notific__operators', 'key': 'record_key', 'path': [['stg_notific__tickets', 'assignee_record_key', 'ticket_key']]},
        {'of': 'person_records', 'key': 'record_key', 'path': [['stg_bossdesk__tickets', 'assignee_record_key', 'ticket_key']]},
        {'of': 'person_records', 'key': 'record_key', 'path': [['stg_bossdesk__tickets', 'requester_record_key', 'ticket_key']]},
        {'of': 'person_records', 'key': 'record_key', 'path': [['stg_notific__tickets', 'assignee_record_key', 'ticket_key']]},
        {'of': 'int_account_zones', 'ignoring': ['today']},
    ],
}) }}
with first_customers as (
    select ticket_key, customer_key
    from (
        select *, row_number() over (partition by ticket_key order by place) as rank
        from {{ ref('fieldhouse', 'stg_notific__ticket_customers') }}
    ) as ranked
    where rank = 1
),

tickets as (
    select
        ticket_key,
        'bossdesk' as vendor,
        account,
        ticket_id,
        number,
        title,
        status,
        extended_status,
        has_closed_status,
        source,
        type,
        priority,
        category,
        team,
        assignee_record_key,
        assignee_name,
        requester_record_key,
        requester_name,
        requester_group,
        problem_key,
        change_key,
        cast(null as text) as customer_key,
        opened_at,
        updated_at,
        due_at,
        cast(null as timestamptz) as ends_at,
        closed_at
    from {{ ref('fieldhouse', 'stg_bossdesk__tickets') }}{{ only('ticket_key') }}
    union all
    select
        ticket.ticket_key,
        'notific',
        ticket.account,
        ticket.ticket_id,
        ticket.ticket_id,
        ticket.title,
        null,
        null,
        false,
        null,
        null,
        null,
        service.name,
        null,
        ticket.assignee_record_key,
        operator.full_name,
        null,
        customer.name,
        null,
        null,
        null,
        customer.customer_key,
        ticket.opened_at,
        null,
        ticket.due_at,
        ticket.ended_at,
        ticket.closed_at
    from {{ ref('fieldhouse', 'stg_notific__tickets') }} as ticket
    left join {{ ref('fieldhouse', 'stg_notific__services') }} as service on service.service_key = ticket.service_key
    left join {{ ref('fieldhouse', 'stg_notific__operators') }} as operator on operator.record_key = ticket.assignee_record_key
    left join first_customers on first_customers.ticket_key = ticket.ticket_key
    left join {{ ref('fieldhouse', 'stg_notific__customers') }} as customer on customer.customer_key = first_customers.customer_key
    {{ only('ticket.ticket_key') }}
),

-- a closing time that is yet to come closes nothing today; a closed status without a time closes at the last change, and
-- by now where a clock that is ahead dated that
dated as (
    select
        tickets.*,
        zones.time_zone,
        zones.week_start,
        case when tickets.closed_at <= {{ now() }} then tickets.closed_at end as past_closed_at,
        case
            when tickets.closed_at <= {{ now() }} or (tickets.closed_at is null and tickets.has_closed_status) then 'closed'
            when tickets.opened_at > {{ now() }} then 'planned'
            else 'open'
        end as state
    from tickets
    left join {{ ref('fieldhouse', 'int_account_zones') }} as zones on zones.account = tickets.account
)

select
    dated.ticket_key,
    dated.vendor,
    dated.account,
    dated.ticket_id,
    dated.number,
    dated.title,
    coalesce(dated.status, dated.state) as status,
    dated.extended_status,
    dated.state,
    dated.state = 'open' as is_open,
    dated.source,
    dated.type,
    dated.priority,
    dated.category,
    dated.team,
    assignee.person_key as assignee_key,
    coalesce(dated.assignee_name, assignee.full_name) as assignee_name,
    requester.person_key as requester_key,
    coalesce(dated.requester_name, requester.full_name) as requester_name,
    dated.requester_group,
    dated.customer_key,
    dated.problem_key,
    dated.change_key,
    dated.opened_at,
    dated.updated_at,
    dated.due_at,
    dated.ends_at,
    dated.past_closed_at as closed_at,
    {{ local_day('dated.opened_at', 'dated.time_zone') }} as opened_on,
    {{ local_day(
        "case when dated.state = 'closed' then coalesce(dated.past_closed_at, least(dated.updated_at, " ~ now() ~ "), dated.opened_at) end",
        'dated.time_zone'
    ) }} as closed_on,
    {{ local_day('dated.due_at', 'dated.time_zone') }} as due_on,
    {{ week_of(local_day('dated.opened_at', 'dated.time_zone'), 'dated.week_start') }} as opened_in_week,
    dated.time_zone,
    case when dated.state = 'open' then {{ days_between('dated.opened_at', now()) }} end as age_days,
    case when dated.state = 'open' then {{ age_band(days_between('dated.opened_at', now())) }} end as age_band,
    dated.state = 'open' and coalesce(dated.due_at < {{ now() }}, false) as is_overdue,
    dated.state = 'open' and coalesce(dated.ends_at < {{ now() }}, false) as is_past_end,
    case
        when dated.vendor = 'bossdesk' then 'https://' || help_desk.host || '/tickets/' || dated.number
    end as _url
from dated
left join {{ ref('fieldhouse', 'person_records') }} as assignee on assignee.record_key = dated.assignee_record_key
left join {{ ref('fieldhouse', 'person_records') }} as requester on requester.record_key = dated.requester_record_key
left join {{ ref('fieldhouse', 'stg_bossdesk__account') }} as help_desk on help_desk.account = dated.account
