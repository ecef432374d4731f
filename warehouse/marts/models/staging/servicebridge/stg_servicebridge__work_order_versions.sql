-- One row per version of a work order that its history kept, where an account keeps one.
with versions as (
    {{ live_rows('servicebridge', 'work_orders_history', {
        'id': 'text', 'status': 'text', '_valid_from': 'timestamptz', '_valid_to': 'timestamptz',
    }) }}
)

select
    {{ key_of('work_order', 'id') }} as job_key,
    _account as account,
    status,
    _valid_from as valid_from,
    _valid_to as valid_to
from versions
where _valid_from is not null
