-- One row per ticket and configuration item that it concerns.
select
    ticket.ticket_key,
    asset.asset_key,
    'bossdesk' as vendor,
    link.account
from {{ ref('stg_bossdesk__ticket_cis') }} as link
inner join {{ ref('tickets') }} as ticket on ticket.ticket_key = link.ticket_key
inner join {{ ref('assets') }} as asset on asset.asset_key = link.asset_key
