-- One row per break of a shift.
with breaks as (
    {{ live_rows('shiftboard', 'shifts__breaks', {
        '_parent_id': 'text', '_list_index': 'bigint', 'name': 'text', 'duration_minutes': 'bigint', 'paid': 'boolean',
    }) }}
)

select
    {{ key_of('shift', '_parent_id') }} || ':break:' || _list_index as break_key,
    {{ key_of('shift', '_parent_id') }} as shift_key,
    _account as account,
    name,
    {{ length_within('duration_minutes', 10080) }} as minutes,
    coalesce(paid, false) as is_paid,
    nullif(concat_ws(', ', _unreadable, case when duration_minutes not between 0 and 10080 then 'duration_minutes' end), '')
        as unreadable_columns
from breaks
