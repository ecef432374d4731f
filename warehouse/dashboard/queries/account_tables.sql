-- One row per account and table: its state (error, late or fresh, never two), when it was last read completely, its last error and what to do.
with runs as (
    select :account_name as account, table_name, started_at, finished_at, outcome, error, cast(details as varchar) as details from :schema._syncs
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
        max(case when place = 1 then outcome end) as last_outcome,
        max(case when place = 1 then error end) as error,
        max(case when place = 1 then details end) as details
    from runs_by_age
    group by account, table_name
)

select
    case
        when last_outcome not in ('ok', 'not offered') then 'error'
        when last_read_at >= current_timestamp - :max_age_hours * interval '1 hour' then 'fresh'
        else 'late'
    end as state,
    account,
    table_name,
    round(cast(extract(epoch from current_timestamp - last_read_at) / 3600.0 as numeric(18, 6)), 1) as age_hours,
    last_read_at,
    last_run_at,
    last_outcome,
    case when last_outcome not in ('ok', 'not offered') then coalesce(cast(details as json) -> 'error' ->> 'cause', error) end as error,
    case when last_outcome not in ('ok', 'not offered') then cast(details as json) -> 'error' ->> 'next_step' end as next_step
from tables
where last_outcome <> 'not offered' or last_read_at is not null
order by
    case when last_outcome not in ('ok', 'not offered') then 0 when last_read_at >= current_timestamp - :max_age_hours * interval '1 hour' then 2 else 1 end,
    last_read_at nulls first,
    account,
    table_name
