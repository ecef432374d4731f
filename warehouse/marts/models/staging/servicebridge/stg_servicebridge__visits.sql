-- One row per visit of a work order. Its times are those of the plan. One without an id is known by its place.
{{ config(keyed={'key': 'visit_key', 'row': ['visit_key']}) }}
with visits as (
    {{ live_rows('servicebridge', 'work_orders__visits', {
        'id': 'text',
        '_parent_id': 'text',
        '_list_index': 'bigint',
        'number': 'text',
        'status': 'text',
        'start_time': 'timestamptz',
        'finish_time': 'timestamptz',
        'team__name': 'text',
        '_synced_at': 'timestamptz',
    }) }}
),

placed as (
    select *, {{ last_read() }} as _place from visits
)

select
    coalesce({{ key_of('visit', 'id') }}, {{ key_of('work_order', '_parent_id') }} || ':visit:' || _list_index) as visit_key,
    {{ key_of('work_order', '_parent_id') }} as job_key,
    _account as account,
    number,
    status,
    start_time as starts_at,
    finish_time as ends_at,
    team__name as team,
    _unreadable as unreadable_columns,
    _synced_at as synced_at
from placed
where _place = 1
