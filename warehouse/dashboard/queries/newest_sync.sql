-- One row: the end of the newest sync of any account.
with runs as (
    select :account_name as account, finished_at from :schema._syncs
)

select max(finished_at) as last_run_at from runs
