-- One row per ticket and customer whom it concerns.
with customer_ids as (
    {{ live_rows('notific', 'tickets__customer_ids', {
        '_parent_id': 'text', '_list_index': 'bigint', 'value': 'text',
    }) }}
)

select
    {{ key_of('ticket', '_parent_id') }} as ticket_key,
    {{ key_of('customer', 'value') }} as customer_key,
    _account as account,
    _list_index as place
from customer_ids
