-- One row per ticket of a help desk, open or closed.
with first_customers as (
    select ticket_key, customer_key
    from (
        select *, row_number() over (partition by ticket_key order by place) as rank
        from {{ ref('stg_notific__ticket_customers') }}
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
        is_open,
        type,
        priority,
        category,
        team,
        assignee_record_key,
        assignee_name,
        requester_record_key,
        requester_name,
        cast(null as text) as customer_key,
        opened_at,
        updated_at,
        due_at,
        closed_at
    from {{ ref('stg_bossdesk__tickets') }}
    union all
    select
        ticket.ticket_key,
        'notific',
        ticket.account,
        ticket.ticket_id,
        ticket.ticket_id,
        ticket.title,
        case when ticket.closed_at is null then 'open' else 'closed' end,
        ticket.closed_at is null,
        null,
        null,
        service.name,
        null,
        ticket.assignee_record_key,
        operator.full_name,
        null,
        customer.name,
        customer.customer_key,
        ticket.opened_at,
        null,
        ticket.due_at,
        ticket.closed_at
    from {{ ref('stg_notific__tickets') }} as ticket
    left join {{ ref('stg_notific__services') }} as service on service.service_key = ticket.service_key
    left join {{ ref('stg_notific__operators') }} as operator on operator.record_key = ticket.assignee_record_key
    left join first_customers on first_customers.ticket_key = ticket.ticket_key
    left join {{ ref('stg_notific__customers') }} as customer on customer.customer_key = first_customers.customer_key
)

select
    tickets.ticket_key,
    tickets.vendor,
    tickets.account,
    tickets.ticket_id,
    tickets.number,
    tickets.title,
    tickets.status,
    tickets.is_open,
    tickets.type,
    tickets.priority,
    tickets.category,
    tickets.team,
    assignee.person_key as assignee_key,
    coalesce(tickets.assignee_name, assignee.full_name) as assignee_name,
    requester.person_key as requester_key,
    coalesce(tickets.requester_name, requester.full_name) as requester_name,
    tickets.customer_key,
    tickets.opened_at,
    tickets.updated_at,
    tickets.due_at,
    tickets.closed_at,
    {{ local_day('tickets.opened_at', 'zones.time_zone') }} as opened_on,
    -- a closed ticket of which only the list was read so far has no closing time yet
    {{ local_day(
        'coalesce(tickets.closed_at, case when not tickets.is_open then coalesce(tickets.updated_at, tickets.opened_at) end)',
        'zones.time_zone'
    ) }} as closed_on,
    zones.time_zone,
    case when tickets.is_open then {{ days_between('tickets.opened_at', now()) }} end as age_days,
    case when tickets.is_open then {{ age_band(days_between('tickets.opened_at', now())) }} end as age_band,
    tickets.is_open and coalesce(tickets.due_at < {{ now() }}, false) as is_overdue
from tickets
left join {{ ref('int_account_zones') }} as zones on zones.account = tickets.account
left join {{ ref('person_records') }} as assignee on assignee.record_key = tickets.assignee_record_key
left join {{ ref('person_records') }} as requester on requester.record_key = tickets.requester_record_key
