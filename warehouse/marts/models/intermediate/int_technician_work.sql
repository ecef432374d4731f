-- One row per technician and day with work or a plan: jobs, and minutes of each kind.
{{ config(keyed={
    'key': "technician_key || ' ' || cast(day as text)",
    'changes': [
        {'of': 'int_span_days', 'key': "technician_key || ' ' || cast(day as text)"},
    ],
}) }}
select
    technician_key,
    account,
    day,
    {{ last_text('technician_name') }} as technician_name,
    count(distinct job_key) as jobs,
    sum(minutes * planned) as planned_minutes,
    sum(minutes * worked) as worked_minutes,
    sum(minutes * billable) as billable_minutes
from {{ ref('fieldhouse', 'int_span_days') }}
{{ only("technician_key || ' ' || cast(day as text)") }}
group by technician_key, account, day
