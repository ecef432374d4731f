-- What failed in the last runs? One row per account and cause.
select
    account,
    last_outcome as outcome,
    coalesce(last_error, '') as error,
    count(*) as tables,
    max(last_run_at) as last_run_at
from marts.sync_health
where last_outcome not in ('ok', 'not offered')
group by account, last_outcome, coalesce(last_error, '')
order by tables desc, account
