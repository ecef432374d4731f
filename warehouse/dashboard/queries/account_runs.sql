-- One row per account and run of its 30 newest, the newest first: how long it took, what it wrote, and how many tables failed.
with runs as (
    select :account_name as account, run_id, table_name, started_at, finished_at, rows_read, rows_written, rows_deleted, requests, outcome from :schema._syncs
),

by_run as (
    select
        account,
        run_id,
        min(started_at) as started_at,
        max(finished_at) as finished_at,
        count(*) as tables,
        count(case when outcome not in ('ok', 'not offered') then 1 end) as failed_tables,
        cast(sum(rows_read) as bigint) as rows_read,
        cast(sum(rows_written) as bigint) as rows_written,
        cast(sum(rows_deleted) as bigint) as rows_deleted,
        cast(sum(requests) as bigint) as requests
    from runs
    group by account, run_id
),

by_age as (
    select
        *,
        row_number() over (partition by account order by started_at desc) as place
    from by_run
)

select
    account,
    started_at,
    round(cast(extract(epoch from finished_at - started_at) as numeric(18, 6)), 1) as seconds,
    tables,
    failed_tables,
    rows_read,
    rows_written,
    rows_deleted,
    requests
from by_age
where place <= 30
order by started_at desc, account
