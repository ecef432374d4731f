"""A Dagster code location over the same syncs: assets, checks, schedules. Needs the extra ``fieldhouse[dagster]``."""
