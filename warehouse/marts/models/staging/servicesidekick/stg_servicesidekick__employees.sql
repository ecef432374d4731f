-- One row per employee; an inactive one stays for ever.
with employees as (
    {{ live_rows('servicesidekick', 'employees', {
        'id': 'text',
        'name': 'text',
        'email_address': 'text',
        'phone_number': 'text',
        'active': 'boolean',
        'hired_on': 'date',
        'created_at': 'timestamptz',
    }) }}
)

select
    {{ key_of('employee', 'id') }} as record_key,
    _account as account,
    id as record_id,
    {{ filled('name') }} as full_name,
    {{ filled('email_address') }} as email,
    {{ filled('phone_number') }} as phone,
    coalesce(active, true) as is_active,
    hired_on,
    created_at
from employees
