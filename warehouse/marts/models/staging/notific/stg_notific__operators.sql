-- One row per operator.
with operators as (
    {{ live_rows('notific', 'operators', {'id': 'text', 'name': 'text', 'email': 'text', 'cell_phone': 'text'}) }}
)

select
    {{ key_of('operator', 'id') }} as record_key,
    _account as account,
    id as record_id,
    {{ filled('name') }} as full_name,
    {{ filled('email') }} as email,
    {{ filled('cell_phone') }} as mobile_phone
from operators
