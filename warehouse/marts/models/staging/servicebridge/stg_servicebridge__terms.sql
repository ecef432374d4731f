-- One row per payment term, with its days.
with terms as (
    {{ live_rows('servicebridge', 'terms', {'id': 'text', 'name': 'text', 'days': 'bigint'}) }}
)

select
    {{ key_of('term', 'id') }} as term_key,
    _account as account,
    {{ filled('name') }} as name,
    {{ length_within('days', 3650) }} as days_to_pay,
    nullif(concat_ws(', ', _unreadable, case when days not between 0 and 3650 then 'days' end), '') as unreadable_columns
from terms
