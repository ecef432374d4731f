-- One row per job. The vendor's own mark of deletion counts as one.
{{ config(keyed={'key': 'job_key', 'row': ['job_key']}) }}
with jobs as (
    {{ live_rows('servicesidekick', 'jobs', {
        'id': 'text',
        'job_number': 'text',
        'name': 'text',
        'status': 'text',
        'job_type__name': 'text',
        'job_status__name': 'text',
        'customer_id': 'text',
        'scheduled_on': 'timestamptz',
        'started_on': 'timestamptz',
        'completed_on': 'timestamptz',
        'canceled_on': 'timestamptz',
        'duration': 'double precision',
        'invoice_status': 'text',
        'invoice_date': 'timestamptz',
        'invoice_terms': 'text',
        'subtotal': 'numeric(18, 2)',
        'tax': 'numeric(18, 2)',
        'total': 'numeric(18, 2)',
        'balance_remaining': 'numeric(18, 2)',
        'deleted_at': 'timestamptz',
        'created_at': 'timestamptz',
        'updated_at': 'timestamptz',
        '_synced_at': 'timestamptz',
    }) }}
)

select
    {{ key_of('job', 'id') }} as job_key,
    _account as account,
    id as job_id,
    job_number as number,
    {{ filled('name') }} as title,
    status,
    job_type__name as category,
    job_status__name as own_status,
    {{ key_of('customer', 'customer_id') }} as customer_key,
    {{ key_of('service_address', 'customer_id') }} as location_key,
    scheduled_on as scheduled_at,
    started_on as started_at,
    completed_on as completed_at,
    canceled_on as cancelled_at,
    {{ length_within('duration', 168) }} * 60 as planned_minutes,
    invoice_status,
    invoice_date as invoiced_at,
    invoice_terms as terms,
    -- "Net 15", "2% 10, Net 30 days", "Due in 30 days", "n/30", "Due on receipt"
    coalesce(
        cast({{ first_match('lower(invoice_terms)', 'net[^0-9a-z]*([0-9]{1,3})(?:[^0-9]|$)') }} as bigint),
        cast({{ first_match('lower(invoice_terms)', '(?:^|[^a-z])n[ /]*([0-9]{1,3})(?:[^0-9]|$)') }} as bigint),
        cast({{ first_match('lower(invoice_terms)', '(?:^|[^0-9])([0-9]{1,3}) *-?(?:calendar )?days?(?:[^a-z]|$)') }} as bigint),
        case when {{ matches('lower(invoice_terms)', '(receipt|c[.]?o[.]?d[.]?($|[^a-z])|on delivery|on completion|immediate|due now)') }} then 0 end
    ) as days_to_pay,
    case
        when {{ matches('lower(invoice_terms)', '(complet|work is done|end of (the )?job)') }} then 'completion'
        when {{ matches('lower(invoice_terms)', '(eom|end of (the )?month|month end)') }} then 'month end'
        else 'invoice'
    end as due_from,
    subtotal,
    tax,
    total,
    balance_remaining as balance,
    created_at,
    updated_at,
    _unreadable as unreadable_columns,
    _synced_at as synced_at
from jobs
where deleted_at is null
