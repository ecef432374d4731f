-- One row per account: the help desk itself and its time zone. A help desk that got another address may be there twice.
with account as (
    {{ live_rows('bossdesk', 'account', {
        'name': 'text', 'time_zone': 'text', 'full_domain': 'text', 'currency__label': 'text', 'currency__unit': 'text',
        '_synced_at': 'timestamptz',
    }) }}
),

placed as (
    select *, row_number() over (partition by _account order by _synced_at desc nulls last, {{ by_code('full_domain') }}) as _place from account
)

select
    _account as account,
    {{ filled('name') }} as name,
    {{ filled('time_zone') }} as rails_time_zone,
    {{ filled('full_domain') }} as host,
    coalesce({{ filled('currency__label') }}, {{ filled('currency__unit') }}) as currency
from placed
where _place = 1
