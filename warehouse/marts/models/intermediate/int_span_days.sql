-- One row per stretch of a technician's work or plan and day that it touches, in the account's time zone.
{{ config(keyed={
    'key': 'visit_key',
    'changes': [
        {'of': 'int_work_spans', 'key': 'visit_key'},
        {'of': 'int_account_zones', 'ignoring': ['today']},
        {'of': 'int_business_days', 'ignoring': ['is_today', 'days_from_now']},
    ],
}) }}
with spans as (
    select spans.*, zones.time_zone
    from {{ ref('fieldhouse', 'int_work_spans') }} as spans
    inner join {{ ref('fieldhouse', 'int_account_zones') }} as zones on zones.account = spans.account
    where spans.technician_key is not null and {{ is_span('spans.starts_at', 'spans.ends_at') }}
        {{ only('spans.visit_key', 'and') }}
),

-- a span lasts a week at most, so it touches its first day and the eight after it; the days are joined by equality
span_days as (
    select
        spans.*,
        {{ local_day('spans.starts_at', 'spans.time_zone') }} + offsets.days as day
    from spans
    cross join ({% for days in range(9) %}select {{ days }} as days {{ 'union all ' if not loop.last }}{% endfor %}) as offsets
    where {{ local_day('spans.starts_at', 'spans.time_zone') }} + offsets.days <= {{ local_day('spans.ends_at', 'spans.time_zone') }}
)

-- work that goes over midnight counts on both days
select
    span_days.visit_key,
    span_days.job_key,
    span_days.account,
    span_days.technician_key,
    span_days.technician_name,
    span_days.day,
    span_days.planned,
    span_days.worked,
    span_days.billable,
    {{ exact_minutes('greatest(span_days.starts_at, days.starts_at)', 'least(span_days.ends_at, days.ends_at)') }} as minutes
from span_days
inner join {{ ref('fieldhouse', 'int_business_days') }} as days on days.account = span_days.account and days.day = span_days.day
where days.starts_at < span_days.ends_at and days.ends_at > span_days.starts_at
