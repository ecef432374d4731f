-- One row per table whose last run did not end well: what it met, and the command that tries it again.
with runs as (
    select :account_name as account, run_id, table_name, started_at, finished_at, seconds, rows_read, rows_written, rows_deleted, requests, outcome, error from :schema._syncs
),

runs_by_age as (
    select
        *,
        row_number() over (partition by account, table_name order by finished_at desc) as place
    from runs
    where table_name is not null
)

select
    account,
    table_name,
    finished_at,
    outcome,
    error,
    'fieldhouse sync ' || regexp_replace(account, '_', '.') || ' --tables ' || table_name as next_step
from runs_by_age
where place = 1 and outcome <> 'ok'
order by finished_at desc, account, table_name
