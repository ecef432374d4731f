-- Is every account synced? One row per account: tables, tables whose last run failed, and the oldest success in hours.
select
    account,
    count(*) as tables,
    count(case when last_outcome not in ('ok', 'not offered') then 1 end) as failed_tables,
    round(cast(max(minutes_since_success) / 60.0 as numeric), 1) as oldest_success_hours
from marts.sync_health
group by account
order by failed_tables desc, account
