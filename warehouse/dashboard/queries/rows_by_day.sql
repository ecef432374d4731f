-- One row per day (UTC): rows that syncs wrote, because they were new or changed, and marked deleted.
with runs as (
    select :account_name as account, run_id, table_name, started_at, finished_at, seconds, rows_read, rows_written, rows_deleted, requests, outcome, error from :schema._syncs
)

select
    cast(started_at at time zone 'UTC' as date) as day,
    cast(sum(rows_written) as bigint) as rows_written,
    cast(sum(rows_deleted) as bigint) as rows_deleted,
    cast(sum(requests) as bigint) as requests
from runs
where started_at >= current_timestamp - interval '30 days'
group by cast(started_at at time zone 'UTC' as date)
order by day
