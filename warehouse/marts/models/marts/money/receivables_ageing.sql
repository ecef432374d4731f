-- One row per invoice or credit note that is not settled, with how long it is overdue.
{{ config(alias=var('prefix') ~ 'receivables_ageing', indexes=key_index(['invoice_key'], [['account', 'due_on'], ['customer_key']])) }}
{{ config(keyed={
    'key': 'invoice_key',
    'changes': [
        {'of': 'invoices', 'key': 'invoice_key'},
    ],
}) }}
select
    invoice_key,
    vendor,
    account,
    number,
    customer_key,
    customer_name,
    party_key,
    job_key,
    invoiced_at,
    invoiced_on,
    due_on,
    cast(due_on as timestamp) at time zone 'UTC' as due_at,
    due_source,
    total,
    balance,
    currency,
    is_credit,
    days_overdue,
    age_band,
    _url
from {{ ref('fieldhouse', 'invoices') }}
where not is_void and balance <> 0 {{ only('invoice_key', 'and') }}
