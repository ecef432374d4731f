-- One row per technician: whether active, and the first day with work or as an employee.
{{ config(ignoring={'int_account_zones': ['today']}) }}
with records as (
    select record_key as technician_key, account, hired_at, cast(null as date) as hired_on, created_at, is_active
    from {{ ref('fieldhouse', 'stg_servicebridge__employees') }}
    union all
    select record_key, account, null, hired_on, created_at, is_active
    from {{ ref('fieldhouse', 'stg_servicesidekick__employees') }}
),

employees as (
    select
        records.technician_key,
        records.account,
        records.is_active,
        coalesce(
            records.hired_on,
            {{ day_of('records.hired_at', 'zones.time_zone') }},
            {{ local_day('records.created_at', 'zones.time_zone') }}
        ) as first_day
    from records
    inner join {{ ref('fieldhouse', 'int_account_zones') }} as zones on zones.account = records.account
),

first_days as (
    select technician_key, min(day) as day
    from {{ ref('fieldhouse', 'int_technician_work') }}
    group by technician_key
)

select
    employees.technician_key,
    employees.account,
    employees.is_active,
    least(first_days.day, employees.first_day) as first_day
from employees
left join first_days on first_days.technician_key = employees.technician_key
