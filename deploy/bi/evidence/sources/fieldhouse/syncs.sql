select account, table_name, last_outcome, coalesce(last_error, '') as last_error, last_run_at, minutes_since_success, live_rows
from marts.sync_health
