-- One row per resource: a thing that shifts use.
with resources as (
    {{ live_rows('shiftboard', 'resources', {'id': 'text', 'name': 'text'}) }}
)

select
    {{ key_of('resource', 'id') }} as asset_key,
    _account as account,
    id as asset_id,
    name
from resources
