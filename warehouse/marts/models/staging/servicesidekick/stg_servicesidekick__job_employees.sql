-- One row per job and employee who does it.
with employees as (
    {{ live_rows('servicesidekick', 'jobs__employees', {
        'id': 'text', '_parent_id': 'text', '_list_index': 'bigint', 'name': 'text',
    }) }}
)

select
    {{ key_of('job', '_parent_id') }} as job_key,
    {{ key_of('employee', 'id') }} as technician_key,
    _account as account,
    name as technician_name,
    _list_index as place
from employees
