-- One row per account, run and table: the books that every sync keeps.
{%- set vendors = ['bossdesk', 'notific', 'servicebridge', 'servicesidekick', 'shiftboard'] %}
with syncs as (
    {%- for vendor in vendors %}
    {{ live_rows(vendor, '_syncs', {
        'run_id': 'text',
        'table_name': 'text',
        'started_at': 'timestamptz',
        'finished_at': 'timestamptz',
        'seconds': 'double precision',
        'rows_read': 'bigint',
        'rows_written': 'bigint',
        'rows_deleted': 'bigint',
        'requests': 'bigint',
        'outcome': 'text',
        'error': 'text',
    }) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    _account || ':' || run_id || ':' || table_name as sync_key,
    _account as account,
    run_id,
    table_name,
    started_at,
    finished_at,
    seconds,
    rows_read,
    rows_written,
    rows_deleted,
    requests,
    outcome,
    error
from syncs
