-- Which things break most? One row per asset with incidents, the one with the most first.
select
    asset_key,
    name,
    type,
    incidents,
    open_tickets,
    last_incident_at,
    mtbf_days,
    is_under_warranty
from marts.assets
where incidents > 0
order by incidents desc, mtbf_days, asset_key
