-- One row per account, the vendor's word for a person.
with accounts as (
    {{ live_rows('shiftboard', 'accounts', {
        'id': 'text',
        'first_name': 'text',
        'last_name': 'text',
        'screen_name': 'text',
        'email': 'text',
        'bad_email': 'boolean',
        'home_phone': 'text',
        'mobile_phone': 'text',
        'title': 'text',
        'org_hold': 'boolean',
    }) }}
)

select
    {{ key_of('account', 'id') }} as record_key,
    _account as account,
    id as record_id,
    coalesce({{ filled("concat_ws(' ', first_name, last_name)") }}, {{ filled('screen_name') }}) as full_name,
    -- a dummy for signing in is nobody's address
    case when not coalesce(bad_email, false) then {{ filled('email') }} end as email,
    {{ filled('home_phone') }} as phone,
    {{ filled('mobile_phone') }} as mobile_phone,
    {{ filled('title') }} as job_title,
    not coalesce(org_hold, false) as is_active
from accounts
