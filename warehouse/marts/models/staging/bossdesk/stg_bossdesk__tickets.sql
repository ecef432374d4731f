-- One row per ticket.
with tickets as (
    {{ live_rows('bossdesk', 'tickets', {
        'id': 'text',
        'friendly_id': 'text',
        'title': 'text',
        'status': 'text',
        'source': 'text',
        'type__name': 'text',
        'priority__name': 'text',
        'category__name': 'text',
        'team__name': 'text',
        'agent__id': 'text',
        'agent__first_name': 'text',
        'agent__last_name': 'text',
        'requester__id': 'text',
        'requester__first_name': 'text',
        'requester__last_name': 'text',
        'created_at': 'timestamptz',
        'updated_at': 'timestamptz',
        'due_at': 'timestamptz',
        'closed_at': 'timestamptz',
    }) }}
)

select
    {{ key_of('ticket', 'id') }} as ticket_key,
    _account as account,
    id as ticket_id,
    friendly_id as number,
    title,
    status,
    source,
    type__name as type,
    priority__name as priority,
    category__name as category,
    team__name as team,
    {{ key_of('user', 'agent__id') }} as assignee_record_key,
    {{ filled("concat_ws(' ', agent__first_name, agent__last_name)") }} as assignee_name,
    {{ key_of('user', 'requester__id') }} as requester_record_key,
    {{ filled("concat_ws(' ', requester__first_name, requester__last_name)") }} as requester_name,
    created_at as opened_at,
    updated_at,
    due_at,
    closed_at,
    closed_at is null and coalesce(status, '') <> 'closed' as is_open
from tickets
