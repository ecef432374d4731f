-- One row per account and table: when it was last synced, with what outcome, and what it holds.
{{ config(alias=var('prefix') ~ 'sync_health', indexes=key_index(['sync_key'])) }}
with syncs as (
    select
        *,
        row_number() over (partition by account, table_name order by finished_at desc, sync_key) as place
    from {{ ref('fieldhouse', 'stg_fieldhouse__syncs') }}
    where table_name is not null
),

-- the books are kept by this machine's clock; a `now` from another one, set back, must not hide the last runs' age
present as (
    select greatest({{ now() }}, max(finished_at)) as now from syncs
),

tables as (
    select
        syncs.account,
        syncs.table_name,
        max(case when syncs.outcome = 'ok' then syncs.finished_at end) as last_success_at,
        count(case when syncs.outcome not in ('ok', 'not offered') and syncs.finished_at > present.now - interval '7 days' then 1 end)
            as failures_in_7_days,
        count(case when syncs.finished_at > present.now - interval '7 days' then 1 end) as runs_in_7_days
    from syncs
    cross join present
    group by syncs.account, syncs.table_name
),

schema_changes as (
    select account, table_name, count(*) as schema_changes, max(changed_at) as last_schema_change_at
    from {{ ref('fieldhouse', 'stg_fieldhouse__schema_changes') }}
    where action <> 'created'
    group by account, table_name
)

select
    tables.account || ':' || tables.table_name as sync_key,
    {{ vendor_of('tables.account') }} as vendor,
    tables.account,
    tables.table_name,
    last_run.finished_at as last_run_at,
    last_run.outcome as last_outcome,
    last_run.error as last_error,
    tables.last_success_at,
    {{ minutes_between('tables.last_success_at', 'present.now') }} as minutes_since_success,
    last_run.seconds as last_run_seconds,
    last_run.requests as last_run_requests,
    last_run.rows_read as last_run_rows_read,
    last_run.rows_written as last_run_rows_written,
    last_run.rows_deleted as last_run_rows_deleted,
    tables.runs_in_7_days,
    tables.failures_in_7_days,
    counts.live_rows,
    counts.deleted_rows,
    coalesce(schema_changes.schema_changes, 0) as schema_changes,
    schema_changes.last_schema_change_at
from tables
cross join present
inner join syncs as last_run
    on last_run.account = tables.account and last_run.table_name = tables.table_name and last_run.place = 1
left join {{ ref('fieldhouse', 'stg_fieldhouse__row_counts') }} as counts
    on counts.account = tables.account and counts.table_name = tables.table_name
left join schema_changes
    on schema_changes.account = tables.account and schema_changes.table_name = tables.table_name
