-- What do hours on time cards cost? One row per week, at today's rate of the account or of its pay code (Shiftboard).
select
    hours.week_starts_on as week,
    sum(hours.timecard_hours) as timecard_hours,
    sum(hours.timecard_hours * coalesce(account.pay_rate, paycode.pay_rate)) as cost,
    sum(case when coalesce(account.pay_rate, paycode.pay_rate) is null then hours.timecard_hours else 0 end)
        as hours_without_rate
from marts.worker_hours_weekly as hours
left join shiftboard.accounts as account on 'shiftboard:account:' || account.id = hours.worker_key
left join shiftboard.paycodes as paycode on paycode.id = account.paycode
group by hours.week_starts_on
order by week
