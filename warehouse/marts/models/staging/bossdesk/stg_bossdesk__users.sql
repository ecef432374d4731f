-- One row per user: agents and the people who ask them.
with users as (
    {{ live_rows('bossdesk', 'users', {
        'id': 'text',
        'email': 'text',
        'first_name': 'text',
        'last_name': 'text',
        'username': 'text',
        'phone': 'text',
        'mobile': 'text',
        'designation': 'text',
        'is_agent': 'boolean',
        'archived_at': 'timestamptz',
        'created_at': 'timestamptz',
    }) }}
)

select
    {{ key_of('user', 'id') }} as record_key,
    _account as account,
    id as record_id,
    {{ filled("concat_ws(' ', first_name, last_name)") }} as full_name,
    {{ filled('email') }} as email,
    {{ filled('phone') }} as phone,
    {{ filled('mobile') }} as mobile_phone,
    {{ filled('designation') }} as job_title,
    is_agent,
    archived_at is null as is_active,
    created_at
from users
