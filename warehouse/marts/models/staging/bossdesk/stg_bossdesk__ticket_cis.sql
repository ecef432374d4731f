-- One row per ticket and configuration item that it concerns.
with cis as (
    {{ live_rows('bossdesk', 'tickets__cis', {'id': 'text', '_parent_id': 'text', '_list_index': 'bigint'}) }}
)

select distinct
    {{ key_of('ticket', '_parent_id') }} as ticket_key,
    {{ key_of('ci', 'id') }} as asset_key,
    _account as account
from cis
where id is not null
