-- One row per version of a ticket that its history kept, where an account keeps one.
with versions as (
    {{ live_rows('notific', 'tickets_history', {
        'id': 'text',
        'operator_id': 'text',
        'closed_time': 'timestamptz',
        'reopened_time': 'timestamptz',
        'expected_resolution_time': 'timestamptz',
        '_valid_from': 'timestamptz',
        '_valid_to': 'timestamptz',
    }) }}
)

select
    {{ key_of('ticket', 'id') }} as ticket_key,
    _account as account,
    case when closed_time is not null and (reopened_time is null or closed_time >= reopened_time) then 'closed' else 'open' end
        as status,
    {{ key_of('operator', 'operator_id') }} as assignee_record_key,
    expected_resolution_time as due_at,
    _valid_from as valid_from,
    _valid_to as valid_to
from versions
where _valid_from is not null
