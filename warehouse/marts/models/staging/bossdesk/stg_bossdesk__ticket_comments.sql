-- One row per comment of a ticket.
{{ config(keyed={'key': 'comment_key', 'row': ['comment_key']}) }}
with comments as (
    {{ live_rows('bossdesk', 'tickets__comments', {
        '_parent_id': 'text',
        '_list_index': 'bigint',
        'created_at': 'timestamptz',
        'is_public': 'boolean',
        'from_agent': 'boolean',
        'created_by__id': 'text',
        '_synced_at': 'timestamptz',
    }) }}
)

select
    {{ key_of('ticket', '_parent_id') }} || ':comment:' || _list_index as comment_key,
    {{ key_of('ticket', '_parent_id') }} as ticket_key,
    _account as account,
    created_at,
    is_public,
    from_agent,
    {{ key_of('user', 'created_by__id') }} as author_record_key,
    _unreadable as unreadable_columns,
    _synced_at as synced_at
from comments
