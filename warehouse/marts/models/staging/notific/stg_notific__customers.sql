-- One row per customer: who is told about tickets.
with customers as (
    {{ live_rows('notific', 'customers', {'id': 'text', 'name': 'text', 'email': 'text', 'cell_phone': 'text'}) }}
)

select
    {{ key_of('customer', 'id') }} as customer_key,
    _account as account,
    id as customer_id,
    {{ filled('name') }} as name,
    {{ filled('email') }} as email,
    {{ filled('cell_phone') }} as phone
from customers
