select ticket_key, account, number, title, team, priority, status, assignee_name, opened_on, age_days, age_band, is_overdue, _url as url
from marts.tickets
where is_open
