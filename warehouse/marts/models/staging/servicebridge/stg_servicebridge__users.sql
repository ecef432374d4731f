-- One row per user, a person who signs in.
with users as (
    {{ live_rows('servicebridge', 'users', {
        'id': 'text',
        'name': 'text',
        'user_name': 'text',
        'role': 'text',
        'is_active': 'boolean',
        'metadata__created_on': 'timestamptz',
    }) }}
)

select
    {{ key_of('user', 'id') }} as record_key,
    _account as account,
    id as record_id,
    coalesce({{ filled('name') }}, {{ filled('user_name') }}) as full_name,
    -- some accounts sign in by e-mail address
    {{ comparable_email('user_name') }} as email,
    {{ filled('role') }} as job_title,
    coalesce(is_active, true) as is_active,
    metadata__created_on as created_at
from users
