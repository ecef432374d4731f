-- One row per shift as the vendor splits them: a covered row is one person's assignment, an open one has `positions`.
with unpaid_breaks as (
    select shift_key, {{ total('minutes') }} as minutes
    from {{ ref('stg_shiftboard__shift_breaks') }}
    where not is_paid
    group by shift_key
)

select
    shift.shift_key,
    'shiftboard' as vendor,
    shift.account,
    shift.shift_id,
    workgroup.workgroup_key,
    workgroup.name as workgroup,
    shift.subject,
    role.name as role,
    location.location_key,
    customer.customer_key,
    shift.local_date,
    shift.is_all_day,
    coalesce(shift.starts_at, {{ start_of_day('shift.local_date', 'zone.time_zone') }}) as starts_at,
    shift.ends_at,
    coalesce(zone.time_zone, account_zone.time_zone) as time_zone,
    {{ minutes_between('shift.starts_at', 'shift.ends_at') }} as scheduled_minutes,
    coalesce(unpaid_breaks.minutes, 0) as unpaid_break_minutes,
    shift.positions,
    shift.is_covered,
    shift.is_published,
    shift.is_urgent,
    shift.worker_key,
    worker.person_key,
    worker.full_name as worker_name,
    shift.created_at,
    shift.updated_at
from {{ ref('stg_shiftboard__shifts') }} as shift
left join {{ ref('stg_shiftboard__workgroups') }} as workgroup on workgroup.workgroup_key = shift.workgroup_key
left join {{ ref('stg_shiftboard__roles') }} as role on role.role_key = shift.role_key
left join {{ ref('stg_shiftboard__timezones') }} as zone
    on zone.account = shift.account and zone.label = shift.time_zone_label
left join {{ ref('int_account_zones') }} as account_zone on account_zone.account = shift.account
left join {{ ref('person_records') }} as worker on worker.record_key = shift.worker_key
left join {{ ref('locations') }} as location on location.location_key = shift.location_key
left join {{ ref('customers') }} as customer on customer.customer_key = shift.customer_key
left join unpaid_breaks on unpaid_breaks.shift_key = shift.shift_key
