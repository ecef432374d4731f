-- One row per invoice.
{{ config(keyed={'key': 'invoice_key', 'row': ['invoice_key']}) }}
with invoices as (
    {{ live_rows('servicebridge', 'invoices', {
        'id': 'text',
        'number': 'text',
        'customer__id': 'text',
        'work_order__id': 'text',
        'term__id': 'text',
        'term__name': 'text',
        'status': 'text',
        'date': 'timestamptz',
        'due_date': 'timestamptz',
        'total': 'numeric(18, 2)',
        'balance': 'numeric(18, 2)',
        '_synced_at': 'timestamptz',
    }) }}
)

select
    {{ key_of('invoice', 'id') }} as invoice_key,
    _account as account,
    number,
    {{ key_of('customer', 'customer__id') }} as customer_key,
    {{ key_of('work_order', 'work_order__id') }} as job_key,
    status,
    coalesce(status, '') = 'Void' as is_void,
    date as invoiced_at,
    due_date as due_at,
    {{ key_of('term', 'term__id') }} as term_key,
    {{ filled('term__name') }} as terms,
    total,
    balance,
    _unreadable as unreadable_columns,
    _synced_at as synced_at
from invoices
