-- One row per technician and day in the account's time zone: minutes planned, worked and billable, and those there were.
{{ config(alias=var('prefix') ~ 'technician_utilisation_daily', indexes=key_index(['technician_key', 'day'], [['account', 'day'], ['person_key']])) }}
{{ config(keyed={
    'key': "technician_key || ' ' || cast(day as text)",
    'changes': [
        {'of': 'technician_days', 'key': "technician_key || ' ' || cast(day as text)"},
    ],
}) }}
select
    technician_key,
    day,
    vendor,
    account,
    person_key,
    technician_name,
    jobs,
    planned_minutes,
    worked_minutes,
    billable_minutes,
    available_minutes,
    open_entries,
    utilisation
from {{ ref('fieldhouse', 'technician_days') }}
{{ only("technician_key || ' ' || cast(day as text)") }}
