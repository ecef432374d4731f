-- One row per charge of a job: what is charged, how many, and for how much.
{{ config(keyed={'key': 'line_key', 'row': ['line_key']}) }}
with charges as (
    {{ live_rows('servicesidekick', 'jobs__job_charges', {
        '_parent_id': 'text',
        '_list_index': 'bigint',
        'item_id': 'text',
        'name': 'text',
        'quantity': 'numeric(18, 4)',
        'price_per_unit': 'numeric(18, 4)',
        'total': 'numeric(18, 2)',
        'taxable': 'boolean',
        '_synced_at': 'timestamptz',
    }) }}
)

select
    {{ key_of('job', '_parent_id') }} || ':line:' || _list_index as line_key,
    {{ key_of('job', '_parent_id') }} as job_key,
    _account as account,
    _list_index as place,
    {{ key_of('item', 'item_id') }} as product_key,
    {{ filled('name') }} as name,
    quantity,
    price_per_unit as price,
    total,
    taxable as is_taxable,
    _unreadable as unreadable_columns,
    _synced_at as synced_at
from charges
