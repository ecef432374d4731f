-- One row per table of the marts, and per account's book of syncs.
select distinct table_schema, table_name
from information_schema.columns
where table_catalog = current_database()
    and (table_schema = 'marts' or table_name = '_syncs')
order by table_schema, table_name
