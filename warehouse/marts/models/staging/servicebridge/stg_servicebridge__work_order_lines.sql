-- One row per line of a work order: a product or service, how many, and for how much.
{{ config(keyed={'key': 'line_key', 'row': ['line_key']}) }}
with lines as (
    {{ live_rows('servicebridge', 'work_orders__work_order_lines', {
        '_parent_id': 'text',
        '_list_index': 'bigint',
        'product__id': 'text',
        'product__name': 'text',
        'service__id': 'text',
        'service__name': 'text',
        'description': 'text',
        'quantity': 'numeric(18, 4)',
        'unit__name': 'text',
        'price': 'numeric(18, 4)',
        'total': 'numeric(18, 2)',
        'is_taxable': 'boolean',
        '_synced_at': 'timestamptz',
    }) }}
)

select
    {{ key_of('work_order', '_parent_id') }} || ':line:' || _list_index as line_key,
    {{ key_of('work_order', '_parent_id') }} as job_key,
    _account as account,
    _list_index as place,
    {{ key_of('product', 'product__id') }} as product_key,
    {{ key_of('service', 'service__id') }} as service_key,
    coalesce(product__name, service__name, {{ filled('description') }}) as name,
    quantity,
    unit__name as unit,
    price,
    total,
    is_taxable,
    _unreadable as unreadable_columns,
    _synced_at as synced_at
from lines
