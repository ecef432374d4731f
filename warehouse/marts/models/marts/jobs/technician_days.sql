-- One row per technician and day in the account's time zone: minutes planned, worked and billable, and those available.
-- Active technicians have a row for every business day since their first; all have one for each day with work.
{{ config(alias=var('prefix') ~ 'technician_days', indexes=key_index(['technician_key', 'day'], [['account', 'day'], ['person_key']])) }}
{{ config(keyed={
    'key': "technician_key || ' ' || cast(day as text)",
    'changes': [
        {'of': 'int_technician_work', 'key': "technician_key || ' ' || cast(day as text)"},
        {'of': 'int_open_entries', 'key': "technician_key || ' ' || cast(day as text)"},
        {'of': 'int_technician_plans', 'key': "technician_key || ' ' || cast(day as text)"},
        {'of': 'person_records', 'key': 'record_key', 'path': [['this', 'technician_key', "technician_key || ' ' || cast(day as text)"]]},
    ],
}) }}
with work as (
    select * from {{ ref('fieldhouse', 'int_technician_work') }}
),

open_entries as (
    select * from {{ ref('fieldhouse', 'int_open_entries') }}
),

working_days as (
    select technicians.technician_key, technicians.account, days.day
    from {{ ref('fieldhouse', 'int_technicians') }} as technicians
    inner join {{ ref('fieldhouse', 'int_business_days') }} as days
        on days.account = technicians.account
        and days.is_business_day
        and days.days_from_now <= 0
        and days.day >= coalesce(technicians.first_day, days.day)
    where technicians.is_active
    union
    select technician_key, account, day from work
    union
    select technician_key, account, day from open_entries
),

-- whose shifts are planned works in them: the shifts of a week stand for the business hours of its days
measured as (
    select
        working_days.technician_key,
        working_days.account,
        working_days.day,
        technician.person_key,
        coalesce(technician.full_name, work.technician_name) as technician_name,
        days.is_business_day,
        days.week_starts_on,
        coalesce(work.jobs, 0) as jobs,
        coalesce(work.planned_minutes, 0) as planned_minutes,
        coalesce(work.worked_minutes, 0) as worked_minutes,
        coalesce(work.billable_minutes, 0) as billable_minutes,
        coalesce(open_entries.open_entries, 0) as open_entries,
        coalesce(plans.is_day_off, false) as is_day_off,
        case
            when plans.shift_minutes is not null then plans.shift_minutes
            when plans.is_day_off then 0
            else days.business_minutes
        end as available_minutes,
        case
            when plans.shift_minutes is not null then 'shifts'
            when plans.is_day_off then 'time off'
            else 'business hours'
        end as available_source
    from working_days
    inner join {{ ref('fieldhouse', 'int_business_days') }} as days on days.account = working_days.account and days.day = working_days.day
    left join work on work.technician_key = working_days.technician_key and work.day = working_days.day
    left join open_entries
        on open_entries.technician_key = working_days.technician_key and open_entries.day = working_days.day
    left join {{ ref('fieldhouse', 'person_records') }} as technician on technician.record_key = working_days.technician_key
    left join {{ ref('fieldhouse', 'int_technician_plans') }} as plans
        on plans.technician_key = working_days.technician_key and plans.day = working_days.day
    {{ only("working_days.technician_key || ' ' || cast(working_days.day as text)") }}
)

select
    technician_key,
    day,
    {{ vendor_of('account') }} as vendor,
    account,
    person_key,
    technician_name,
    week_starts_on,
    is_business_day,
    is_day_off,
    jobs,
    {{ whole_minutes('planned_minutes') }} as planned_minutes,
    {{ whole_minutes('worked_minutes') }} as worked_minutes,
    {{ whole_minutes('billable_minutes') }} as billable_minutes,
    {{ whole_minutes('available_minutes') }} as available_minutes,
    available_source,
    {{ whole_minutes('case when available_minutes > 0 then worked_minutes else 0 end') }} as worked_in_available_minutes,
    {{ whole_minutes('case when available_minutes > 0 then 0 else worked_minutes end') }} as worked_off_days_minutes,
    open_entries,
    cast(worked_minutes / nullif(available_minutes, 0) as double precision) as utilisation
from measured
