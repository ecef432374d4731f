-- One row per payment, with the invoice that it pays, if it names one.
{{ config(alias=var('prefix') ~ 'payments', indexes=key_index(['payment_key'], [['invoice_key'], ['customer_key'], ['account', 'paid_on']])) }}
{{ config(keyed={
    'key': 'payment_key',
    'changes': [
        {'of': 'stg_servicebridge__payments', 'key': 'payment_key'},
        {'of': 'invoices', 'key': 'invoice_key', 'without': ['days_overdue', 'age_band'], 'path': [['stg_servicebridge__payments', 'invoice_key', 'payment_key']]},
        {'of': 'customers', 'key': 'customer_key', 'path': [['stg_servicebridge__payments', 'customer_key', 'payment_key']]},
        {'of': 'int_account_zones', 'ignoring': ['today']},
    ],
}) }}
select
    payment.payment_key,
    'servicebridge' as vendor,
    payment.account,
    payment.number,
    invoice.invoice_key,
    invoice.job_key,
    customer.customer_key,
    customer.name as customer_name,
    customer.party_key,
    payment.paid_at,
    {{ day_of('payment.paid_at', 'zones.time_zone') }} as paid_on,
    cast(date_trunc('month', {{ day_of('payment.paid_at', 'zones.time_zone') }}) as date) as paid_in_month,
    payment.amount,
    zones.currency,
    payment.method,
    payment.check_number,
    coalesce(invoice.is_void, false) as is_on_void_invoice,
    invoice.invoice_key is not null and not invoice.is_void as is_applied
from {{ ref('fieldhouse', 'stg_servicebridge__payments') }} as payment
left join {{ ref('fieldhouse', 'invoices') }} as invoice on invoice.invoice_key = payment.invoice_key
left join {{ ref('fieldhouse', 'customers') }} as customer on customer.customer_key = payment.customer_key
left join {{ ref('fieldhouse', 'int_account_zones') }} as zones on zones.account = payment.account
{{ only('payment.payment_key') }}
