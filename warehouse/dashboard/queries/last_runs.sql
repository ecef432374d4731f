-- One row per account and run, the newest first: how long it took, what it read and wrote, and what failed.
with runs as (
    select :account_name as account, run_id, table_name, started_at, finished_at, seconds, rows_read, rows_written, rows_deleted, requests, outcome, error from :schema._syncs
)

select
    min(started_at) as started_at,
    account,
    case when count(case when outcome <> 'ok' then 1 end) = 0 then 'ok' else 'error' end as outcome,
    count(*) as tables,
    count(case when outcome <> 'ok' then 1 end) as failed_tables,
    round(cast(extract(epoch from max(finished_at) - min(started_at)) as numeric(18, 6)), 1) as seconds,
    cast(sum(requests) as bigint) as requests,
    cast(sum(rows_read) as bigint) as rows_read,
    cast(sum(rows_written) as bigint) as rows_written,
    cast(sum(rows_deleted) as bigint) as rows_deleted,
    run_id
from runs
group by account, run_id
order by started_at desc, account
limit 50
