-- One row per task of a ticket.
{{ config(keyed={'key': 'task_key', 'row': ['task_key']}) }}
with tasks as (
    {{ live_rows('bossdesk', 'tickets__tasks', {
        'id': 'text',
        '_parent_id': 'text',
        '_list_index': 'bigint',
        'title': 'text',
        'type__name': 'text',
        'team__name': 'text',
        'agent__id': 'text',
        'created_at': 'timestamptz',
        'due_at': 'timestamptz',
        'closed_at': 'timestamptz',
        '_synced_at': 'timestamptz',
    }) }}
)

select
    {{ key_of('ticket', '_parent_id') }} || ':task:' || _list_index as task_key,
    {{ key_of('ticket', '_parent_id') }} as ticket_key,
    _account as account,
    id as task_id,
    {{ filled('title') }} as title,
    type__name as type,
    {{ filled('team__name') }} as team,
    {{ key_of('user', 'agent__id') }} as agent_record_key,
    created_at,
    due_at,
    closed_at,
    _unreadable as unreadable_columns,
    _synced_at as synced_at
from tasks
