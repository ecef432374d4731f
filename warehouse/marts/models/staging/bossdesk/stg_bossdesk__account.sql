-- One row per account: the help desk itself and its time zone.
with account as (
    {{ live_rows('bossdesk', 'account', {
        'name': 'text', 'time_zone': 'text', 'full_domain': 'text', 'currency__label': 'text', 'currency__unit': 'text',
    }) }}
)

select
    _account as account,
    {{ filled('name') }} as name,
    {{ filled('time_zone') }} as rails_time_zone,
    {{ filled('full_domain') }} as host,
    coalesce({{ filled('currency__label') }}, {{ filled('currency__unit') }}) as currency
from account
