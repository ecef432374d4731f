-- One row per time entry: an employee's work on a job. One without an end lasts as long as its number of hours says.
{{ config(keyed={'key': 'time_entry_key', 'row': ['time_entry_key']}) }}
with time_entries as (
    {{ live_rows('servicesidekick', 'jobs__time_entries', {
        'id': 'text',
        '_parent_id': 'text',
        '_list_index': 'bigint',
        'employee_id': 'text',
        'started_on': 'timestamptz',
        'ended_on': 'timestamptz',
        'number_of_hours': 'double precision',
        'billable': 'boolean',
        '_synced_at': 'timestamptz',
    }) }}
),

placed as (
    select *, {{ last_read() }} as _place from time_entries
)

select
    coalesce({{ key_of('time_entry', 'id') }}, {{ key_of('job', '_parent_id') }} || ':time_entry:' || _list_index) as time_entry_key,
    {{ key_of('job', '_parent_id') }} as job_key,
    {{ key_of('employee', 'employee_id') }} as technician_key,
    _account as account,
    started_on as started_at,
    coalesce(ended_on, started_on + {{ length_within('number_of_hours', 168) }} * interval '1 hour') as ended_at,
    coalesce(billable, false) as is_billable,
    _unreadable as unreadable_columns,
    _synced_at as synced_at
from placed
where _place = 1
