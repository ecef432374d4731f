-- One row per account and table: when it was last read to its end, its age in hours, and how its last run ended.
with runs as (
    select :account_name as account, run_id, table_name, started_at, finished_at, seconds, rows_read, rows_written, rows_deleted, requests, outcome, error from :schema._syncs
),

runs_by_age as (
    select
        *,
        row_number() over (partition by account, table_name order by finished_at desc) as place
    from runs
    where table_name is not null
),

tables as (
    select
        account,
        table_name,
        max(case when outcome = 'ok' then started_at end) as last_read_at,
        max(case when place = 1 then finished_at end) as last_run_at,
        max(case when place = 1 then outcome end) as last_outcome
    from runs_by_age
    group by account, table_name
)

select
    case
        when last_outcome <> 'ok' then 'error'
        when last_read_at >= current_timestamp - :max_age_hours * interval '1 hour' then 'fresh'
        else 'late'
    end as state,
    account,
    table_name,
    round(cast(extract(epoch from current_timestamp - last_read_at) / 3600.0 as numeric), 1) as age_hours,
    last_read_at,
    last_run_at,
    last_outcome
from tables
order by
    case when last_outcome <> 'ok' then 0 when last_read_at >= current_timestamp - :max_age_hours * interval '1 hour' then 2 else 1 end,
    last_read_at nulls first,
    account,
    table_name
