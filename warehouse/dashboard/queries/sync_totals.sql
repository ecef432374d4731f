-- One row: how many tables are kept, how many of them are late or met an error, and when the newest was read.
with runs as (
    select :account_name as account, run_id, table_name, started_at, finished_at, seconds, rows_read, rows_written, rows_deleted, requests, outcome, error from :schema._syncs
),

tables as (
    select
        account,
        table_name,
        max(case when outcome = 'ok' then started_at end) as last_read_at,
        max(finished_at) as last_run_at,
        max(case when outcome <> 'ok' then finished_at end) as last_failure_at
    from runs
    where table_name is not null
    group by account, table_name
)

select
    count(*) as tables,
    count(case when last_read_at >= current_timestamp - :max_age_hours * interval '1 hour' then 1 end) as fresh_tables,
    count(*) - count(case when last_read_at >= current_timestamp - :max_age_hours * interval '1 hour' then 1 end)
        as late_tables,
    count(case when last_failure_at = last_run_at then 1 end) as failing_tables,
    max(last_read_at) as newest_read_at
from tables
