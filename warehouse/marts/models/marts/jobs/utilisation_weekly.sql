-- One row per account and week that has begun: hours of all technicians, available, worked and billable.
{{ config(alias=var('prefix') ~ 'utilisation_weekly', indexes=key_index(['week_key'])) }}
{{ config(keyed={
    'key': 'week_key',
    'changes': [
        {'of': 'technician_days', 'key': "account || ':' || week_starts_on"},
    ],
}) }}
select
    week.account || ':' || week.week_starts_on as week_key,
    week.vendor,
    week.account,
    week.week_starts_on,
    count(distinct week.technician_key) as technicians,
    cast(sum(week.available_minutes) as bigint) as available_minutes,
    cast(sum(week.planned_minutes) as bigint) as planned_minutes,
    cast(sum(week.worked_minutes) as bigint) as worked_minutes,
    cast(sum(week.worked_in_available_minutes) as bigint) as worked_in_available_minutes,
    cast(sum(week.worked_off_days_minutes) as bigint) as worked_off_days_minutes,
    cast(sum(week.billable_minutes) as bigint) as billable_minutes,
    cast(sum(week.open_entries) as bigint) as open_entries,
    cast(sum(week.worked_in_available_minutes) as double precision) / nullif(sum(week.available_minutes), 0) as utilisation
from {{ ref('fieldhouse', 'technician_days') }} as week
inner join {{ ref('fieldhouse', 'int_account_zones') }} as zones on zones.account = week.account
where week.day <= zones.today
group by week.account, week.vendor, week.week_starts_on
{{ only("week.account || ':' || week.week_starts_on", 'having') }}
