-- One row per job and interval in which its status stayed the same, in accounts with a history.
{{ config(alias=var('prefix') ~ 'job_status_history', indexes=key_index(['interval_key'], [['job_key'], ['account', 'valid_from']])) }}
with versions as (
    select job_key, account, status, valid_from, valid_to,
        case status
            when 'Scheduled' then 'scheduled'
            when 'InProgress' then 'in progress'
            when 'Completed' then 'done'
            when 'Invoiced' then 'done'
            when 'Canceled' then 'cancelled'
            else 'open'
        end as state
    from {{ ref('fieldhouse', 'stg_servicebridge__work_order_versions') }}
    union all
    select job_key, account, status, valid_from, valid_to,
        case
            when cancelled_at is not null then 'cancelled'
            when completed_at is not null then 'done'
            when started_at is not null then 'in progress'
            when scheduled_at is not null then 'scheduled'
            else 'open'
        end
    from {{ ref('fieldhouse', 'stg_servicesidekick__job_versions') }}
),

compared as (
    select
        *,
        state || ' ' || coalesce(status, '') as state_text,
        row_number() over (partition by job_key order by valid_from) as version
    from versions
),

starts as (
    select
        one.*,
        case
            when before.job_key is null or before.state_text <> one.state_text or before.valid_to <> one.valid_from then 1
            else 0
        end as is_start
    from compared as one
    left join compared as before on before.job_key = one.job_key and before.version = one.version - 1
),

numbered as (
    select *, sum(is_start) over (partition by job_key order by version rows unbounded preceding) as interval_number
    from starts
),

intervals as (
    select
        job_key,
        account,
        interval_number,
        min(status) as status,
        min(state) as state,
        min(valid_from) as valid_from,
        case when count(*) = count(valid_to) then max(valid_to) end as valid_to
    from numbered
    group by job_key, account, interval_number
)

select
    job_key || ':interval:' || interval_number as interval_key,
    job_key,
    {{ vendor_of('account') }} as vendor,
    account,
    cast(interval_number as bigint) as place,
    status,
    state,
    valid_from,
    valid_to,
    {{ minutes_between('valid_from', 'coalesce(valid_to, greatest(' ~ now() ~ ', valid_from))') }} as calendar_minutes,
    coalesce(
        lag(state) over (partition by job_key order by interval_number) = 'done' and state not in ('done', 'cancelled'), false
    ) as is_reopening
from intervals
