-- One row per version of a ticket that its history kept, where an account keeps one.
with versions as (
    {{ live_rows('bossdesk', 'tickets_history', {
        'id': 'text',
        'status': 'text',
        'extended_status__name': 'text',
        'team__name': 'text',
        'agent__id': 'text',
        'due_at': 'timestamptz',
        'closed_at': 'timestamptz',
        '_valid_from': 'timestamptz',
        '_valid_to': 'timestamptz',
    }) }}
)

select
    {{ key_of('ticket', 'id') }} as ticket_key,
    _account as account,
    coalesce(status, case when closed_at is null then 'open' else 'closed' end) as status,
    extended_status__name as extended_status,
    team__name as team,
    {{ key_of('user', 'agent__id') }} as assignee_record_key,
    due_at,
    _valid_from as valid_from,
    _valid_to as valid_to
from versions
where _valid_from is not null
