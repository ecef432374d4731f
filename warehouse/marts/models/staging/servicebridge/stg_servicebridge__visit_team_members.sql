-- One row per visit and employee who goes.
{{ config(keyed={'key': 'visit_key', 'row': ['visit_key', 'place']}) }}
with team_members as (
    {{ live_rows('servicebridge', 'work_orders__visits__team_members', {
        'id': 'text', '_parent_id': 'text', '_list_index': 'bigint', 'name': 'text', '_synced_at': 'timestamptz',
    }) }}
)

select
    {{ key_of('visit', '_parent_id') }} as visit_key,
    {{ key_of('employee', 'id') }} as technician_key,
    _account as account,
    name as technician_name,
    _list_index as place,
    _synced_at as synced_at
from team_members
