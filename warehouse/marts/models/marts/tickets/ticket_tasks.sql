-- One row per task of a ticket: who does it, until when, and whether in time.
{{ config(alias=var('prefix') ~ 'ticket_tasks', indexes=key_index(['task_key'], [['ticket_key'], ['account', 'due_at'], ['agent_key']])) }}
{{ config(keyed={
    'key': 'task_key',
    'while': 'is_open and not is_late and due_at < :now',
    'passing': [
        {'of': 'stg_bossdesk__ticket_tasks', 'key': 'task_key', 'when': 'closed_at > :before and closed_at <= :now'},
    ],
    'changes': [
        {'of': 'stg_bossdesk__ticket_tasks', 'key': 'task_key'},
        {'of': 'tickets', 'key': 'ticket_key', 'without': ['age_days', 'age_band', 'is_overdue', 'is_past_end'], 'path': [['stg_bossdesk__ticket_tasks', 'ticket_key', 'task_key']]},
        {'of': 'person_records', 'key': 'record_key', 'path': [['stg_bossdesk__ticket_tasks', 'agent_record_key', 'task_key']]},
    ],
}) }}
with tasks as (
    select *, case when closed_at <= {{ now() }} then closed_at end as past_closed_at
    from {{ ref('fieldhouse', 'stg_bossdesk__ticket_tasks') }}{{ only('task_key') }}
)

select
    task.task_key,
    'bossdesk' as vendor,
    task.account,
    ticket.ticket_key,
    task.task_id,
    task.title,
    task.type,
    task.team,
    agent.person_key as agent_key,
    agent.full_name as agent_name,
    task.created_at,
    task.due_at,
    task.past_closed_at as closed_at,
    task.past_closed_at is null as is_open,
    coalesce(task.past_closed_at, {{ now() }}) > task.due_at as is_late
from tasks as task
inner join {{ ref('fieldhouse', 'tickets') }} as ticket on ticket.ticket_key = task.ticket_key
left join {{ ref('fieldhouse', 'person_records') }} as agent on agent.record_key = task.agent_record_key
