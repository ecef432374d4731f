-- One row per employee.
with employees as (
    {{ live_rows('servicebridge', 'employees', {
        'id': 'text',
        'name': 'text',
        'email': 'text',
        'phone': 'text',
        'is_active': 'boolean',
        'hired_on': 'timestamptz',
        'metadata__created_on': 'timestamptz',
    }) }}
)

select
    {{ key_of('employee', 'id') }} as record_key,
    _account as account,
    id as record_id,
    {{ filled('name') }} as full_name,
    {{ filled('email') }} as email,
    {{ filled('phone') }} as phone,
    coalesce(is_active, true) as is_active,
    hired_on as hired_at,
    metadata__created_on as created_at
from employees
