-- One row: the end of the newest complete read of a table of any account; a read that failed brought nothing.
with runs as (
    select :account_name as account, finished_at, outcome from :schema._syncs
)

select max(finished_at) as last_run_at from runs where outcome = 'ok'
