-- One row per visit and technician: what was planned and worked.
{{ config(alias=var('prefix') ~ 'visit_technicians', indexes=key_index(['visit_key', 'technician_key'], [['technician_key'], ['job_key']])) }}
{{ config(keyed={
    'key': 'visit_key',
    'changes': [
        {'of': 'int_work_spans', 'key': 'visit_key'},
        {'of': 'person_records', 'key': 'record_key', 'path': [['int_work_spans', 'technician_key', 'visit_key']]},
    ],
}) }}
with spans as (
    select
        visit_key,
        job_key,
        account,
        technician_key,
        technician_name,
        place,
        planned * minutes as planned_minutes,
        worked * minutes as worked_minutes,
        billable * minutes as billable_minutes
    from (
        select
            *,
            case when {{ is_span('starts_at', 'ends_at') }} then {{ exact_minutes('starts_at', 'ends_at') }} else 0 end as minutes
        from {{ ref('fieldhouse', 'int_work_spans') }}{{ only('visit_key') }}
    ) as measured
    where technician_key is not null
),

totals as (
    select
        visit_key,
        technician_key,
        min(job_key) as job_key,
        min(account) as account,
        {{ last_text('technician_name') }} as technician_name,
        min(place) as place,
        {{ whole_minutes('sum(planned_minutes)') }} as planned_minutes,
        {{ whole_minutes('sum(worked_minutes)') }} as worked_minutes,
        {{ whole_minutes('sum(billable_minutes)') }} as billable_minutes
    from spans
    group by visit_key, technician_key
)

select
    totals.visit_key,
    totals.technician_key,
    {{ vendor_of('totals.account') }} as vendor,
    totals.account,
    totals.job_key,
    technician.person_key,
    coalesce(technician.full_name, totals.technician_name) as technician_name,
    coalesce(totals.place = 0, false) as is_lead,
    totals.planned_minutes,
    totals.worked_minutes,
    totals.billable_minutes
from totals
left join {{ ref('fieldhouse', 'person_records') }} as technician on technician.record_key = totals.technician_key
