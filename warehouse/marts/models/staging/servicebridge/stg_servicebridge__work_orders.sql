-- One row per work order.
{{ config(keyed={'key': 'job_key', 'row': ['job_key']}) }}
with work_orders as (
    {{ live_rows('servicebridge', 'work_orders', {
        'id': 'text',
        'number': 'text',
        'description': 'text',
        'status': 'text',
        'priority': 'text',
        'job_category__name': 'text',
        'customer__id': 'text',
        'location__id': 'text',
        'sales_representative__name': 'text',
        'marketing_campaign__name': 'text',
        'subtotal': 'numeric(18, 2)',
        'tax_total': 'numeric(18, 2)',
        'total': 'numeric(18, 2)',
        'date_finished': 'timestamptz',
        'metadata__created_on': 'timestamptz',
        'metadata__updated_on': 'timestamptz',
        '_synced_at': 'timestamptz',
    }) }}
)

select
    {{ key_of('work_order', 'id') }} as job_key,
    _account as account,
    id as job_id,
    number,
    {{ filled('description') }} as title,
    status,
    priority,
    job_category__name as category,
    {{ key_of('customer', 'customer__id') }} as customer_key,
    {{ key_of('location', 'location__id') }} as location_key,
    sales_representative__name as sales_representative,
    marketing_campaign__name as campaign,
    subtotal,
    tax_total as tax,
    total,
    date_finished as finished_at,
    metadata__created_on as created_at,
    metadata__updated_on as updated_at,
    _unreadable as unreadable_columns,
    _synced_at as synced_at
from work_orders
