-- One row per account and change of a table's columns.
{%- set vendors = ['bossdesk', 'notific', 'servicebridge', 'servicesidekick', 'shiftboard'] %}
with changes as (
    {%- for vendor in vendors %}
    {{ live_rows(vendor, '_schema_changes', {
        'changed_at': 'timestamptz',
        'table_name': 'text',
        'column_name': 'text',
        'from_type': 'text',
        'to_type': 'text',
        'action': 'text',
    }) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    _account as account,
    changed_at,
    table_name,
    column_name,
    from_type,
    to_type,
    action
from changes
