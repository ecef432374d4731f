-- One row per technician and day in the account's time zone: minutes planned, worked and billable, and those available.
-- Active technicians have a row for every business day since their first; all have one for each day with work.
{{ config(alias=var('prefix') ~ 'technician_days', indexes=key_index(['technician_key', 'day'], [['account', 'day'], ['person_key']])) }}
with work as (
    select * from {{ ref('fieldhouse', 'int_technician_work') }}
),

open_entries as (
    select
        entry.technician_key,
        entry.account,
        {{ local_day('entry.started_at', 'zones.time_zone') }} as day,
        count(*) as open_entries
    from {{ ref('fieldhouse', 'stg_servicesidekick__time_entries') }} as entry
    inner join {{ ref('fieldhouse', 'stg_servicesidekick__jobs') }} as job on job.job_key = entry.job_key
    inner join {{ ref('fieldhouse', 'int_account_zones') }} as zones on zones.account = entry.account
    where entry.technician_key is not null and entry.started_at is not null and entry.ended_at is null
        and coalesce(entry.unreadable_columns, '') not like '%ended_on%'
    group by entry.technician_key, entry.account, {{ local_day('entry.started_at', 'zones.time_zone') }}
),

employees as (
    select record_key as technician_key, account, coalesce(cast(hired_at as date), cast(created_at as date)) as first_day, is_active
    from {{ ref('fieldhouse', 'stg_servicebridge__employees') }}
    union all
    select record_key, account, coalesce(hired_on, cast(created_at as date)), is_active
    from {{ ref('fieldhouse', 'stg_servicesidekick__employees') }}
),

first_days as (
    select technician_key, account, min(day) as day
    from (
        select technician_key, account, day from work
        union all
        select technician_key, account, first_day from employees
    ) as days
    group by technician_key, account
),

working_days as (
    select employees.technician_key, employees.account, days.day
    from employees
    left join first_days on first_days.technician_key = employees.technician_key
    inner join {{ ref('fieldhouse', 'int_business_days') }} as days
        on days.account = employees.account
        and days.is_business_day
        and days.days_from_now <= 0
        and days.day >= coalesce(first_days.day, days.day)
    where employees.is_active
    union
    select technician_key, account, day from work
    union
    select technician_key, account, day from open_entries
),

-- whose shifts are planned works in them: the shifts of a week stand for the business hours of its days. Weeks start as
-- those of the technician's account do, which the first day of a week tells.
shifts as (
    select
        person_key,
        local_date as day,
        sum(scheduled_minutes - least(unpaid_break_minutes, scheduled_minutes)) as minutes
    from {{ ref('fieldhouse', 'shifts') }}
    where is_covered and not is_declined and person_key is not null and local_date is not null and scheduled_minutes is not null
    group by person_key, local_date
),

shift_weeks as (
    select distinct shifts.person_key, {{ week_of('shifts.day', 'starts.week_start') }} as week
    from shifts
    cross join (select distinct week_start from {{ ref('fieldhouse', 'int_account_zones') }}) as starts
),

days_off as (
    select distinct time_off.person_key, days.day
    from {{ ref('fieldhouse', 'time_off') }} as time_off
    inner join {{ ref('fieldhouse', 'calendar') }} as days on days.day >= time_off.first_day and days.day <= time_off.last_day
    where time_off.state = 'approved' and time_off.person_key is not null
),

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
        days_off.day is not null as is_day_off,
        case
            when shift_weeks.person_key is not null then coalesce(shifts.minutes, 0)
            when days_off.day is not null then 0
            else days.business_minutes
        end as available_minutes,
        case
            when shift_weeks.person_key is not null then 'shifts'
            when days_off.day is not null then 'time off'
            else 'business hours'
        end as available_source
    from working_days
    inner join {{ ref('fieldhouse', 'int_business_days') }} as days on days.account = working_days.account and days.day = working_days.day
    left join work on work.technician_key = working_days.technician_key and work.day = working_days.day
    left join open_entries
        on open_entries.technician_key = working_days.technician_key and open_entries.day = working_days.day
    left join {{ ref('fieldhouse', 'person_records') }} as technician on technician.record_key = working_days.technician_key
    left join shift_weeks
        on shift_weeks.person_key = technician.person_key
        and shift_weeks.week = days.week_starts_on
    left join shifts on shifts.person_key = technician.person_key and shifts.day = working_days.day
    left join days_off on days_off.person_key = technician.person_key and days_off.day = working_days.day
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
    cast(floor(planned_minutes) as bigint) as planned_minutes,
    cast(floor(worked_minutes) as bigint) as worked_minutes,
    cast(floor(billable_minutes) as bigint) as billable_minutes,
    cast(floor(available_minutes) as bigint) as available_minutes,
    available_source,
    cast(floor(case when available_minutes > 0 then worked_minutes else 0 end) as bigint) as worked_in_available_minutes,
    cast(floor(case when available_minutes > 0 then 0 else worked_minutes end) as bigint) as worked_off_days_minutes,
    open_entries,
    cast(worked_minutes / nullif(available_minutes, 0) as double precision) as utilisation
from measured
