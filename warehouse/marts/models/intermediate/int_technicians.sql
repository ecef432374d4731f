-- One row per technician: whether active, and the first day with work or as an employee.
with employees as (
    select record_key as technician_key, account, coalesce(cast(hired_at as date), cast(created_at as date)) as first_day, is_active
    from {{ ref('fieldhouse', 'stg_servicebridge__employees') }}
    union all
    select record_key, account, coalesce(hired_on, cast(created_at as date)), is_active
    from {{ ref('fieldhouse', 'stg_servicesidekick__employees') }}
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
