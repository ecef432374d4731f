-- One row per worker and week of the account: hours on time cards, those over forty, and what they cost at today's rate.
{{ config(alias=var('prefix') ~ 'labour_weekly', indexes=key_index(['worker_key', 'week_starts_on'], [['account', 'week_starts_on'], ['person_key']])) }}
select
    hours.worker_key,
    hours.week_starts_on,
    hours.vendor,
    hours.account,
    hours.person_key,
    hours.worker_name,
    hours.scheduled_hours,
    hours.timecard_hours,
    hours.approved_timecard_hours,
    coalesce(pay.is_overtime_exempt, false) as is_overtime_exempt,
    case when coalesce(pay.is_overtime_exempt, false) then hours.timecard_hours else least(hours.timecard_hours, 40) end
        as regular_hours,
    case when coalesce(pay.is_overtime_exempt, false) then 0 else greatest(hours.timecard_hours - 40, 0) end as overtime_hours,
    pay.rate,
    coalesce(pay.rate_source, 'unknown') as rate_source,
    cast(hours.timecard_hours * pay.rate as double precision) as labour_cost
from {{ ref('fieldhouse', 'worker_hours_weekly') }} as hours
left join {{ ref('fieldhouse', 'stg_shiftboard__pay_rates') }} as pay on pay.worker_key = hours.worker_key
