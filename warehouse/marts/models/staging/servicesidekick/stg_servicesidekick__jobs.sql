-- One row per job. The vendor's own mark of deletion counts as one.
{{ config(keyed={'key': 'job_key', 'row': ['job_key']}) }}
{%- set terms = lowered("replace(invoice_terms, '\u00a0', ' ')") %}
{%- set days_word = '[)]?[^0-9a-z.%]*(?:[(][a-z -]+[)][^0-9a-z]*)?(?:calendar )?days?(?:[^a-z]|$)' %}
{%- set month_end = '(e[.]?o[.]?m([^a-z]|$)|end of (the )?month|month end)' %}
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
    -- "Net 15", "2% 10, Net 30 days", "Due in 30 (thirty) days", "n/30", "Due on receipt"; no "Net 10th", a day of the month
    coalesce(
        {{ days_in(terms, 'net[^0-9a-z]*(?:[a-z]+[^0-9a-z]+)?([0-9]{1,3})(?:[^0-9a-z]|d|e|$)') }},
        {{ days_in(terms, '(?:^|[^a-z])n[ /]*([0-9]{1,3})(?:[^0-9a-z]|d|e|$)') }},
        {{ days_in(terms, 'due [a-z ]*([0-9]{1,3})' ~ days_word) }},
        case when {{ matches(terms, '(due (up)?on (receipt|delivery|completion)|due now|immediate)') }} then 0 end,
        {{ days_in(terms, '(?:^|[^0-9.])([0-9]{1,3})' ~ days_word) }},
        case when {{ matches(terms, '(receipt|c[.]?o[.]?d[.]?($|[^a-z])|on delivery|on completion)') }} then 0 end,
        case when {{ matches(terms, month_end) }} and not {{ matches(terms, '[0-9]') }} then 0 end
    ) as days_to_pay,
    case
        when {{ matches(terms, '(complet|work is done|end of (the )?job)') }} then 'completion'
        when {{ matches(terms, month_end) }} then 'month end'
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
