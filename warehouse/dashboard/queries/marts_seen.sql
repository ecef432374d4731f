-- One row: the end of the newest sync that the marts were built from.
select max(last_run_at) as last_run_at from marts.sync_health
