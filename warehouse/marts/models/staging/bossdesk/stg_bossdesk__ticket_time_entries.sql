-- One row per time entry of a ticket: what an agent spent on it.
{{ config(keyed={'key': 'time_entry_key', 'row': ['time_entry_key']}) }}
with time_entries as (
    {{ live_rows('bossdesk', 'tickets__time_entries', {
        '_parent_id': 'text',
        '_list_index': 'bigint',
        'task_id': 'text',
        'date': 'date',
        'duration': 'bigint',
        'billable': 'boolean',
        'agent__id': 'text',
        '_synced_at': 'timestamptz',
    }) }}
)

select
    {{ key_of('ticket', '_parent_id') }} || ':time_entry:' || _list_index as time_entry_key,
    {{ key_of('ticket', '_parent_id') }} as ticket_key,
    _account as account,
    date as worked_on,
    task_id,
    duration as minutes,
    coalesce(billable, false) as is_billable,
    {{ key_of('user', 'agent__id') }} as agent_record_key,
    _unreadable as unreadable_columns,
    _synced_at as synced_at
from time_entries
