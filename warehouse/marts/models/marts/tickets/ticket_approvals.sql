-- One row per approval that was asked for on a ticket: of whom, what came of it, and how long it took.
{{ config(alias=var('prefix') ~ 'ticket_approvals', indexes=key_index(['approval_key'], [['ticket_key'], ['account', 'created_at'], ['approver_key']])) }}
{{ config(keyed={
    'key': 'approval_key',
    'changes': [
        {'of': 'stg_bossdesk__ticket_approvals', 'key': 'approval_key'},
        {'of': 'tickets', 'key': 'ticket_key', 'without': ['age_days', 'age_band', 'is_overdue', 'is_past_end'], 'path': [['stg_bossdesk__ticket_approvals', 'ticket_key', 'approval_key']]},
        {'of': 'person_records', 'key': 'record_key', 'path': [['stg_bossdesk__ticket_approvals', 'approver_record_key', 'approval_key']]},
    ],
}) }}
select
    approval.approval_key,
    'bossdesk' as vendor,
    approval.account,
    ticket.ticket_key,
    approval.approval_id,
    approval.status,
    approver.person_key as approver_key,
    approver.full_name as approver_name,
    approval.created_at,
    approval.responded_at,
    {{ minutes_between('approval.created_at', 'approval.responded_at') }} as response_minutes
from {{ ref('fieldhouse', 'stg_bossdesk__ticket_approvals') }} as approval
inner join {{ ref('fieldhouse', 'tickets') }} as ticket on ticket.ticket_key = approval.ticket_key
left join {{ ref('fieldhouse', 'person_records') }} as approver on approver.record_key = approval.approver_record_key
{{ only('approval.approval_key') }}
