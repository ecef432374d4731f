-- One row per open ticket, the hundred oldest: who has it, how old it is and when it is due (UTC).
select
    number,
    title,
    coalesce(team, 'no team') as team,
    assignee_name,
    priority,
    age_days,
    is_overdue,
    due_at,
    account,
    _url
from marts.tickets
where is_open
    and account in (:accounts)
    and coalesce(team, 'no team') in (:teams)
order by opened_at, ticket_key
limit 100
