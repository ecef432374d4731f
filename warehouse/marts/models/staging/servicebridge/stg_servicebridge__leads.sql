-- One row per lead.
with leads as (
    {{ live_rows('servicebridge', 'leads', {
        'id': 'text',
        'name': 'text',
        'status': 'text',
        'customer__id': 'text',
        'marketing_category__name': 'text',
        'expected_amount': 'numeric(18, 2)',
        'metadata__created_on': 'timestamptz',
        'metadata__updated_on': 'timestamptz',
    }) }}
)

select
    {{ key_of('lead', 'id') }} as lead_key,
    _account as account,
    id as lead_id,
    {{ filled('name') }} as name,
    status,
    {{ key_of('customer', 'customer__id') }} as customer_key,
    {{ filled('marketing_category__name') }} as category,
    expected_amount,
    metadata__created_on as created_at,
    metadata__updated_on as updated_at,
    _unreadable as unreadable_columns
from leads
