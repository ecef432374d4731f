-- One row per ticket and configuration item that it concerns.
{{ config(alias=var('prefix') ~ 'ticket_assets', indexes=key_index(['ticket_key', 'asset_key'], [['asset_key']])) }}
{{ config(ignoring={'tickets': ['age_days', 'age_band', 'is_overdue', 'is_past_end']}) }}
select
    ticket.ticket_key,
    asset.asset_key,
    'bossdesk' as vendor,
    link.account
from {{ ref('fieldhouse', 'stg_bossdesk__ticket_cis') }} as link
inner join {{ ref('fieldhouse', 'tickets') }} as ticket on ticket.ticket_key = link.ticket_key
inner join {{ ref('fieldhouse', 'assets') }} as asset on asset.asset_key = link.asset_key
