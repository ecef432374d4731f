-- One row per account, at the last build of the marts: its tables, rows that the vendor has, rows that it deleted.
select
    account,
    count(*) as tables,
    cast(sum(live_rows) as bigint) as live_rows,
    cast(sum(deleted_rows) as bigint) as deleted_rows
from marts.sync_health
where true
    and account in (:accounts)
group by account
order by account
