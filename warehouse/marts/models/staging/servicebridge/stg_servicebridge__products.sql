-- One row per product or service that is sold, with what one unit costs today.
with products as (
    {{ live_rows('servicebridge', 'products', {'id': 'text', 'cost': 'numeric(18, 4)'}) }}
),

services as (
    {{ live_rows('servicebridge', 'services', {'id': 'text', 'cost': 'numeric(18, 4)'}) }}
)

select {{ key_of('product', 'id') }} as product_key, _account as account, cost, _unreadable as unreadable_columns from products
union all
select {{ key_of('service', 'id') }}, _account, cost, _unreadable from services
