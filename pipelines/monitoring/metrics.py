"""The sync's health as a text file that Prometheus' node exporter reads (extra ``fieldhouse[telemetry]``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from fieldhouse.pipelines.inspect.health import Health
from fieldhouse.sources.engine.changes.table_state import NOT_OFFERED

_NAMES = ("account", "table")


def write(path: str, accounts: Mapping[str, Sequence[Health]]) -> None:
    """Write all gauges anew, atomically.

    Raises:
        OSError: the file cannot be written.
    """
    from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

    registry = CollectorRegistry()

    def gauge(name: str, what: str, values: Iterable[tuple[str, Health, float | None]]) -> None:
        family = Gauge(f"fieldhouse_{name}", what, _NAMES, registry=registry)
        for account, entry, value in values:
            if value is not None:
                family.labels(account, entry.table).set(value)

    every = [(account, entry) for account, entries in accounts.items() for entry in entries]
    gauge(
        "last_sync_timestamp_seconds",
        "When the table was last read to its end, seconds since 1970; absent before the first time.",
        ((a, e, e.last_sync.timestamp() if e.last_sync else None) for a, e in every),
    )
    gauge(
        "last_run_ok",
        "1 where the table's last run was complete, or the account does not have the table; 0 where it was not; absent "
        "before the first run.",
        ((a, e, float(e.outcome in ("ok", NOT_OFFERED)) if e.last_run else None) for a, e in every),
    )
    gauge("rows", "Rows that the vendor still has.", ((a, e, e.rows) for a, e in every))
    gauge("rows_deleted", "Rows that are kept and marked deleted.", ((a, e, e.deleted) for a, e in every))
    gauge(
        "schema_changes", "Changes of columns in the last run.", ((a, e, e.schema_changes) for a, e in every)
    )
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    write_to_textfile(path, registry)
