-- One row per estimate.
with estimates as (
    {{ live_rows('servicebridge', 'estimates', {
        'id': 'text',
        'number': 'text',
        'status': 'text',
        'customer__id': 'text',
        'location__id': 'text',
        'job_category__name': 'text',
        'sales_representative__name': 'text',
        'marketing_campaign__name': 'text',
        'expiration_date': 'timestamptz',
        'subtotal': 'numeric(18, 2)',
        'tax_total': 'numeric(18, 2)',
        'total': 'numeric(18, 2)',
        'metadata__created_on': 'timestamptz',
        'metadata__updated_on': 'timestamptz',
    }) }}
)

select
    {{ key_of('estimate', 'id') }} as estimate_key,
    _account as account,
    id as estimate_id,
    number,
    status,
    {{ key_of('customer', 'customer__id') }} as customer_key,
    {{ key_of('location', 'location__id') }} as location_key,
    job_category__name as category,
    sales_representative__name as sales_representative,
    marketing_campaign__name as campaign,
    expiration_date as expires_at,
    subtotal,
    tax_total as tax,
    total,
    metadata__created_on as created_at,
    metadata__updated_on as updated_at,
    _unreadable as unreadable_columns
from estimates
