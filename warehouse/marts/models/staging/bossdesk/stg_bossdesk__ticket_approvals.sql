-- One row per approval that was asked for on a ticket.
{{ config(keyed={'key': 'approval_key', 'row': ['approval_key']}) }}
with approvals as (
    {{ live_rows('bossdesk', 'tickets__approval_requests', {
        'id': 'text',
        '_parent_id': 'text',
        '_list_index': 'bigint',
        'status': 'text',
        'user__id': 'text',
        'created_at': 'timestamptz',
        'responded_at': 'timestamptz',
        '_synced_at': 'timestamptz',
    }) }}
)

select
    {{ key_of('ticket', '_parent_id') }} || ':approval:' || _list_index as approval_key,
    {{ key_of('ticket', '_parent_id') }} as ticket_key,
    _account as account,
    id as approval_id,
    status,
    {{ key_of('user', 'user__id') }} as approver_record_key,
    created_at,
    responded_at,
    _unreadable as unreadable_columns,
    _synced_at as synced_at
from approvals
