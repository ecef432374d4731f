-- One row per job and employee who does it, however often the vendor lists them.
with employees as (
    {{ live_rows('servicesidekick', 'jobs__employees', {
        'id': 'text', '_parent_id': 'text', '_list_index': 'bigint', 'name': 'text',
    }) }}
),

placed as (
    select *, row_number() over (partition by _account, _parent_id, id order by _list_index) as _place from employees
)

select
    {{ key_of('job', '_parent_id') }} as job_key,
    {{ key_of('employee', 'id') }} as technician_key,
    _account as account,
    name as technician_name,
    _list_index as place
from placed
where _place = 1
