-- One row per visit and employee who goes, however often the vendor lists them.
{{ config(keyed={'key': 'visit_key', 'row': ['visit_key', 'place']}) }}
with team_members as (
    {{ live_rows('servicebridge', 'work_orders__visits__team_members', {
        'id': 'text', '_parent_id': 'text', '_root_id': 'text', '_list_index': 'bigint', 'name': 'text', '_synced_at': 'timestamptz',
    }) }}
),

-- a visit that moved to another order has its team there
placed as (
    select
        *,
        first_value(_root_id) over (partition by _account, _parent_id order by _synced_at desc nulls last, {{ by_code('_root_id') }}) as _last_root_id,
        row_number() over (partition by _account, _root_id, _parent_id, id order by _list_index) as _place
    from team_members
)

select
    {{ key_of('visit', '_parent_id') }} as visit_key,
    {{ key_of('employee', 'id') }} as technician_key,
    _account as account,
    name as technician_name,
    _list_index as place,
    _synced_at as synced_at
from placed
where _place = 1 and _root_id is not distinct from _last_root_id
