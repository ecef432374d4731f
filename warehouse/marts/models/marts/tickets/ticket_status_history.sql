-- One row per ticket and interval in which its status, team, assignee and due time stayed the same, in accounts with a history.
{{ config(alias=var('prefix') ~ 'ticket_status_history', indexes=key_index(['interval_key'], [['ticket_key'], ['account', 'valid_from']])) }}
with versions as (
    select ticket_key, account, status, extended_status, team, assignee_record_key, due_at, valid_from, valid_to
    from {{ ref('fieldhouse', 'stg_bossdesk__ticket_versions') }}
    union all
    select ticket_key, account, status, null, null, assignee_record_key, due_at, valid_from, valid_to
    from {{ ref('fieldhouse', 'stg_notific__ticket_versions') }}
),

compared as (
    select
        *,
        concat_ws('|', coalesce(status, ''), coalesce(extended_status, ''), coalesce(team, ''),
            coalesce(assignee_record_key, ''), coalesce(cast(due_at as text), '')) as state_text,
        row_number() over (partition by ticket_key order by valid_from) as version
    from versions
),

-- a gap between two versions (a row that was deleted and came back) starts an interval too
starts as (
    select
        one.*,
        case
            when before.ticket_key is null or before.state_text <> one.state_text or before.valid_to <> one.valid_from then 1
            else 0
        end as is_start
    from compared as one
    left join compared as before on before.ticket_key = one.ticket_key and before.version = one.version - 1
),

numbered as (
    select
        *,
        sum(is_start) over (partition by ticket_key order by version rows unbounded preceding) as interval_number
    from starts
),

intervals as (
    select
        ticket_key,
        account,
        interval_number,
        min(status) as status,
        min(extended_status) as extended_status,
        min(team) as team,
        min(assignee_record_key) as assignee_record_key,
        min(due_at) as due_at,
        min(valid_from) as valid_from,
        case when count(*) = count(valid_to) then max(valid_to) end as valid_to
    from numbered
    group by ticket_key, account, interval_number
),

ended as (
    select
        intervals.*,
        zones.time_zone,
        coalesce(intervals.valid_to, greatest({{ now() }}, intervals.valid_from)) as until,
        lag(intervals.status) over (partition by intervals.ticket_key order by intervals.interval_number) as status_before,
        lag(intervals.team) over (partition by intervals.ticket_key order by intervals.interval_number) as team_before
    from intervals
    left join {{ ref('fieldhouse', 'int_account_zones') }} as zones on zones.account = intervals.account
),

moments as (
    select ticket_key || ' ' || interval_number || ' from' as moment_key, account,
        {{ local_day('valid_from', 'time_zone') }} as day, valid_from as moment
    from ended
    union all
    select ticket_key || ' ' || interval_number || ' until', account, {{ local_day('until', 'time_zone') }}, until
    from ended
),

business as (
    {{ business_minutes_until('moments', 'moment_key') }}
)

select
    ended.ticket_key || ':interval:' || ended.interval_number as interval_key,
    ended.ticket_key,
    {{ vendor_of('ended.account') }} as vendor,
    ended.account,
    cast(ended.interval_number as bigint) as place,
    ended.status,
    ended.extended_status,
    ended.team,
    assignee.person_key as assignee_key,
    ended.due_at,
    ended.valid_from,
    ended.valid_to,
    {{ minutes_between('ended.valid_from', 'ended.until') }} as calendar_minutes,
    {{ whole_minutes('until.minutes - since.minutes') }} as business_minutes,
    coalesce(ended.extended_status in ({% for status in var('waiting_statuses') %}'{{ status | replace("'", "''") }}', {% endfor %}''), false)
        or ended.status = 'waiting' as is_waiting,
    coalesce(ended.status_before = 'closed' and ended.status <> 'closed', false) as is_reopening,
    coalesce(ended.team_before <> ended.team, false) as is_team_move
from ended
left join business as since on since.moment_key = ended.ticket_key || ' ' || ended.interval_number || ' from'
left join business as until on until.moment_key = ended.ticket_key || ' ' || ended.interval_number || ' until'
left join {{ ref('fieldhouse', 'person_records') }} as assignee on assignee.record_key = ended.assignee_record_key
