-- One row per ticket and tag.
{{ config(alias=var('prefix') ~ 'ticket_tags', indexes=key_index(['ticket_key', 'tag'], [['account', 'tag']])) }}
{{ config(keyed={
    'key': 'ticket_key',
    'changes': [
        {'of': 'stg_bossdesk__ticket_tags', 'key': 'ticket_key'},
        {'of': 'tickets', 'key': 'ticket_key', 'without': ['age_days', 'age_band', 'is_overdue', 'is_past_end']},
    ],
}) }}
select
    ticket.ticket_key,
    tags.tag,
    'bossdesk' as vendor,
    tags.account
from {{ ref('fieldhouse', 'stg_bossdesk__ticket_tags') }} as tags
inner join {{ ref('fieldhouse', 'tickets') }} as ticket on ticket.ticket_key = tags.ticket_key
{{ only('ticket.ticket_key') }}
