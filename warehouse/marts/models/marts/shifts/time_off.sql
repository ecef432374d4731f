-- One row per request for time off: whose, which days, and whether it was approved.
{{ config(alias=var('prefix') ~ 'time_off', indexes=key_index(['time_off_key'], [['person_key'], ['account', 'first_day']])) }}
{{ config(ignoring={'int_account_zones': ['today']}) }}
with requests as (
    select
        request.*,
        coalesce(zone.time_zone, account_zone.time_zone) as time_zone
    from {{ ref('fieldhouse', 'stg_shiftboard__time_off_requests') }} as request
    left join {{ ref('fieldhouse', 'stg_shiftboard__timezones') }} as zone
        on zone.account = request.account and zone.label = request.time_zone_label
    left join {{ ref('fieldhouse', 'int_account_zones') }} as account_zone on account_zone.account = request.account
)

select
    request.time_off_key,
    'shiftboard' as vendor,
    request.account,
    request.time_off_id,
    request.worker_key,
    worker.person_key,
    worker.full_name as worker_name,
    workgroup.workgroup_key,
    workgroup.name as workgroup,
    request.state,
    request.is_paid,
    request.first_day,
    -- one that ends at midnight frees nobody on the day that begins then
    case
        when not request.is_all_day and request.last_day > request.first_day and request.local_end = cast(request.last_day as timestamp)
            then request.last_day - 1
        when request.last_day >= request.first_day then request.last_day
        when request.last_day is null then request.first_day
    end as last_day,
    request.is_all_day,
    case
        when request.is_all_day then {{ start_of_day('request.first_day', 'request.time_zone') }}
        else coalesce(request.starts_at, {{ moment_of('request.local_start', 'request.time_zone') }})
    end as starts_at,
    case
        when request.is_all_day then
            {{ start_of_day('(coalesce(request.last_day, request.first_day) + 1)', 'request.time_zone') }}
        else coalesce(request.ends_at, {{ moment_of('request.local_end', 'request.time_zone') }})
    end as ends_at,
    request.time_zone
from requests as request
left join {{ ref('fieldhouse', 'person_records') }} as worker on worker.record_key = request.worker_key
left join {{ ref('fieldhouse', 'stg_shiftboard__workgroups') }} as workgroup on workgroup.workgroup_key = request.workgroup_key
