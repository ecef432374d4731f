select week_starts_on, account, technicians, worked_in_available_minutes, available_minutes, utilisation
from marts.utilisation_weekly
