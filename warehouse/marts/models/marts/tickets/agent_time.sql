-- One row per time entry of a ticket: which agent worked on it, when, how long, and whether it is charged.
{{ config(alias=var('prefix') ~ 'agent_time', indexes=key_index(['time_entry_key'], [['ticket_key'], ['account', 'worked_on']])) }}
{{ config(keyed={
    'key': 'time_entry_key',
    'changes': [
        {'of': 'stg_bossdesk__ticket_time_entries', 'key': 'time_entry_key'},
        {'of': 'tickets', 'key': 'ticket_key', 'without': ['age_days', 'age_band', 'is_overdue', 'is_past_end'], 'path': [['stg_bossdesk__ticket_time_entries', 'ticket_key', 'time_entry_key']]},
        {'of': 'person_records', 'key': 'record_key', 'path': [['stg_bossdesk__ticket_time_entries', 'agent_record_key', 'time_entry_key']]},
        {'of': 'int_account_zones', 'ignoring': ['today']},
    ],
}) }}
select
    entry.time_entry_key,
    'bossdesk' as vendor,
    entry.account,
    ticket.ticket_key,
    ticket.team,
    entry.task_id,
    agent.person_key as agent_key,
    agent.full_name as agent_name,
    entry.agent_record_key,
    entry.worked_on,
    {{ week_of('entry.worked_on', 'zones.week_start') }} as week_starts_on,
    case when entry.minutes between 0 and {{ longest_span() }} then entry.minutes end as minutes,
    entry.is_billable
from {{ ref('fieldhouse', 'stg_bossdesk__ticket_time_entries') }} as entry
inner join {{ ref('fieldhouse', 'tickets') }} as ticket on ticket.ticket_key = entry.ticket_key
left join {{ ref('fieldhouse', 'int_account_zones') }} as zones on zones.account = entry.account
left join {{ ref('fieldhouse', 'person_records') }} as agent on agent.record_key = entry.agent_record_key
{{ only('entry.time_entry_key') }}
