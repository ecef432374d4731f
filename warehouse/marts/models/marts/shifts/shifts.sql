-- One row per shift as the vendor splits them: a covered row is one person's assignment, an open one has `positions`.
{{ config(alias=var('prefix') ~ 'shifts', indexes=key_index(['shift_key'], [['account', 'local_date'], ['person_key']])) }}
{{ config(ignoring={'int_account_zones': ['today']}) }}
with unpaid_breaks as (
    select shift_key, {{ total('minutes') }} as minutes
    from {{ ref('fieldhouse', 'stg_shiftboard__shift_breaks') }}
    where not is_paid
    group by shift_key
),

-- where the list of zones is not synced, most of Shiftboard's labels still say which zone of Rails they mean
zoned as (
    select
        shift.*,
        coalesce(zone.time_zone, rails.time_zone, account_zone.time_zone) as time_zone,
        coalesce(zone.time_zone, rails.time_zone) is not null as is_zone_known
    from {{ ref('fieldhouse', 'stg_shiftboard__shifts') }} as shift
    left join {{ ref('fieldhouse', 'stg_shiftboard__timezones') }} as zone
        on zone.account = shift.account and zone.label = shift.time_zone_label
    left join {{ ref('fieldhouse', 'rails_time_zones') }} as rails
        on rails.rails_name = {{ rails_name('shift.time_zone_label') }}
    left join {{ ref('fieldhouse', 'int_account_zones') }} as account_zone on account_zone.account = shift.account
),

timed as (
    select
        zoned.*,
        case
            when is_all_day then {{ start_of_day('local_date', 'time_zone') }}
            else coalesce(starts_at, {{ moment_of('local_start', 'time_zone') }})
        end as start_instant,
        case when not is_all_day then coalesce(
            ends_at,
            case when starts_at is null then {{ moment_of('local_end', 'time_zone') }} end,
            coalesce(starts_at, {{ moment_of('local_start', 'time_zone') }}) + duration_minutes * interval '1 minute'
        ) end as end_instant,
        case
            when is_all_day then null
            when starts_at is not null and ends_at is not null then
                case when {{ is_span('starts_at', 'ends_at') }} then {{ minutes_between('starts_at', 'ends_at') }} end
            when local_start is not null and local_end is not null then
                case when {{ is_span('local_start', 'local_end') }} then {{ minutes_between('local_start', 'local_end') }} end
            when starts_at is not null or local_start is not null then duration_minutes
        end as scheduled_minutes
    from zoned
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
    case when not shift.is_all_day then coalesce(
        shift.local_start, shift.starts_at at time zone shift.time_zone
    ) end as local_start,
    case when not shift.is_all_day then coalesce(
        shift.local_end, shift.end_instant at time zone shift.time_zone
    ) end as local_end,
    shift.start_instant as starts_at,
    shift.end_instant as ends_at,
    shift.time_zone,
    shift.is_zone_known,
    cast(shift.scheduled_minutes as bigint) as scheduled_minutes,
    coalesce(unpaid_breaks.minutes, 0) as unpaid_break_minutes,
    shift.positions,
    shift.is_covered,
    shift.is_published,
    shift.is_urgent,
    shift.worker_key,
    worker.person_key,
    worker.full_name as worker_name,
    shift.absent_reason is not null as is_absent,
    shift.absent_reason,
    shift.arrived_at,
    shift.left_at,
    shift.is_acknowledged,
    shift.decline_reason is not null as is_declined,
    shift.decline_reason,
    shift.created_at,
    shift.updated_at
from timed as shift
left join {{ ref('fieldhouse', 'stg_shiftboard__workgroups') }} as workgroup on workgroup.workgroup_key = shift.workgroup_key
left join {{ ref('fieldhouse', 'stg_shiftboard__roles') }} as role on role.role_key = shift.role_key
left join {{ ref('fieldhouse', 'person_records') }} as worker on worker.record_key = shift.worker_key
left join {{ ref('fieldhouse', 'locations') }} as location on location.location_key = shift.location_key
left join {{ ref('fieldhouse', 'customers') }} as customer on customer.customer_key = shift.customer_key
left join unpaid_breaks on unpaid_breaks.shift_key = shift.shift_key
