-- One row: the end of the newest complete read of a table that the marts were built from.
select max(last_success_at) as last_run_at from marts.sync_health
