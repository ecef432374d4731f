-- One row per ticket and tag.
{{ config(keyed={'key': 'ticket_key', 'row': ['ticket_key', 'tag']}) }}
with tags as (
    {{ live_rows('bossdesk', 'tickets__tags', {'name': 'text', '_parent_id': 'text', '_synced_at': 'timestamptz'}) }}
)

select
    {{ key_of('ticket', '_parent_id') }} as ticket_key,
    _account as account,
    {{ filled('name') }} as tag,
    max(_synced_at) as synced_at
from tags
where {{ filled('name') }} is not null
group by {{ key_of('ticket', '_parent_id') }}, _account, {{ filled('name') }}
