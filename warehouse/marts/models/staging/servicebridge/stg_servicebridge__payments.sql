-- One row per payment.
with payments as (
    {{ live_rows('servicebridge', 'payments', {
        'id': 'text', 'invoice__id': 'text', 'customer__id': 'text', 'date': 'timestamptz', 'amount': 'numeric(18, 2)',
    }) }}
)

select
    {{ key_of('payment', 'id') }} as payment_key,
    _account as account,
    {{ key_of('invoice', 'invoice__id') }} as invoice_key,
    {{ key_of('customer', 'customer__id') }} as customer_key,
    date as paid_at,
    amount
from payments
