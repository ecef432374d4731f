-- One row per change of a table's columns in the last 90 days, the newest first; first creations are left out.
with changes as (
    select :account_name as account, changed_at, table_name, column_name, from_type, to_type, action from :schema._schema_changes
)

select
    changed_at,
    account,
    table_name,
    column_name,
    action,
    from_type,
    to_type
from changes
where action <> 'created'
    and changed_at >= current_timestamp - interval '90 days'
order by changed_at desc, account, table_name, column_name
limit 200
