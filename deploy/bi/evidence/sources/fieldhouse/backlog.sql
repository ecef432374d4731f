select day, account, coalesce(team, 'no team') as team, opened, closed, open_at_end, past_due_at_end
from marts.ticket_backlog_daily
