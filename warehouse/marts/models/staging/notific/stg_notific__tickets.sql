-- One row per ticket: a disturbance or planned work. All times are UTC at the vendor.
{{ config(keyed={'key': 'ticket_key', 'row': ['ticket_key']}) }}
with tickets as (
    {{ live_rows('notific', 'tickets', {
        'id': 'text',
        'description': 'text',
        'start_time': 'timestamptz',
        'end_time': 'timestamptz',
        'expected_resolution_time': 'timestamptz',
        'closed_time': 'timestamptz',
        'reopened_time': 'timestamptz',
        'service_id': 'text',
        'operator_id': 'text',
        '_synced_at': 'timestamptz',
    }) }}
)

select
    {{ key_of('ticket', 'id') }} as ticket_key,
    _account as account,
    id as ticket_id,
    {{ filled('description') }} as title,
    {{ key_of('service', 'service_id') }} as service_key,
    {{ key_of('operator', 'operator_id') }} as assignee_record_key,
    start_time as opened_at,
    end_time as ended_at,
    expected_resolution_time as due_at,
    case when reopened_time is null or closed_time >= reopened_time then closed_time end as closed_at,
    reopened_time as reopened_at,
    _unreadable as unreadable_columns,
    _synced_at as synced_at
from tickets
