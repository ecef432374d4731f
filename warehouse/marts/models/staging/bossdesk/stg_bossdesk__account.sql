-- One row per account: the help desk itself and its time zone.
with account as (
    {{ live_rows('bossdesk', 'account', {'name': 'text', 'time_zone': 'text'}) }}
)

select
    _account as account,
    {{ filled('name') }} as name,
    {{ filled('time_zone') }} as rails_time_zone
from account
