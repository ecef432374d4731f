-- One row per payment.
{{ config(keyed={'key': 'payment_key', 'row': ['payment_key']}) }}
with payments as (
    {{ live_rows('servicebridge', 'payments', {
        'id': 'text',
        'number': 'text',
        'invoice__id': 'text',
        'customer__id': 'text',
        'payment_method__name': 'text',
        'check_number': 'text',
        'date': 'timestamptz',
        'amount': 'numeric(18, 2)',
        '_synced_at': 'timestamptz',
    }) }}
)

select
    {{ key_of('payment', 'id') }} as payment_key,
    _account as account,
    {{ key_of('invoice', 'invoice__id') }} as invoice_key,
    {{ key_of('customer', 'customer__id') }} as customer_key,
    number,
    {{ filled('payment_method__name') }} as method,
    {{ filled('check_number') }} as check_number,
    date as paid_at,
    amount,
    _unreadable as unreadable_columns,
    _synced_at as synced_at
from payments
