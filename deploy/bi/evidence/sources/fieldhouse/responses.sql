select ticket_key, account, coalesce(team, 'no team') as team, opened_in_week, first_response_business_minutes, sla_state
from marts.ticket_metrics
