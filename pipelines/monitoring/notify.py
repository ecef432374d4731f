"""Notifications: alerts, metrics and traces after a command, as the settings ask.

They come after the report and the published copy, and none of them decides how a run ends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from fieldhouse.pipelines.config.settings import Settings
from fieldhouse.pipelines.output.console import log_line
from fieldhouse.pipelines.sync.publish import publish_copy
from fieldhouse.warehouse.connect import Warehouse
from fieldhouse.warehouse.errors import WarehouseError
from fieldhouse.warehouse.session import literal, quote

from .deadline import notify_all

if TYPE_CHECKING:
    from fieldhouse.pipelines.inspect.health import Health
    from fieldhouse.pipelines.sync.report import Report


def notify_sync(settings: Settings, warehouse: Warehouse, reports: Sequence[Report]) -> None:
    """Send the results of a sync to the configured receivers."""
    receivers: dict[str, Callable[[], None]] = {}
    if settings.metrics.otlp:
        receivers["metrics.otlp"] = lambda: _export_traces(settings, reports)
    if settings.metrics.textfile:
        receivers["metrics.textfile"] = lambda: _write_metrics_of(settings, warehouse)
    if settings.alerts.webhook:
        receivers["alerts.webhook"] = lambda: _alert_sync(settings, warehouse, reports)
    notify_all(receivers)


def notify_status(
    settings: Settings,
    warehouse: Warehouse,
    accounts: Mapping[str, Sequence[Health]],
    unfinished: Mapping[str, Mapping[str, Any]],
    max_age: timedelta | None,
    now: datetime,
) -> None:
    """Send what ``status`` read from the warehouse to the configured receivers."""
    receivers: dict[str, Callable[[], None]] = {}
    if settings.metrics.textfile:
        receivers["metrics.textfile"] = lambda: _write_metrics(settings, accounts)
    limit = max_age or settings.alerts.max_age
    if settings.alerts.webhook and limit:
        receivers["alerts.webhook"] = lambda: _alert_status(
            settings, warehouse, accounts, unfinished, limit, now
        )
    notify_all(receivers)


def _export_traces(settings: Settings, reports: Sequence[Report]) -> None:
    from .traces import export

    export(reports, settings.metrics.otlp)


def _alert_sync(settings: Settings, warehouse: Warehouse, reports: Sequence[Report]) -> None:
    from .alerts import Alerts, after_sync

    assert settings.alerts.webhook is not None
    alerts = Alerts(settings.alerts.webhook.get_secret_value(), warehouse)
    stored = [alerts.notify(after_sync(report, _drift(warehouse, report))) for report in reports]
    if any(stored):
        publish_copy(warehouse, None)  # leaves the file readable for older clients, as the sync had


def _alert_status(
    settings: Settings,
    warehouse: Warehouse,
    accounts: Mapping[str, Sequence[Health]],
    unfinished: Mapping[str, Mapping[str, Any]],
    limit: timedelta,
    now: datetime,
) -> None:
    from .alerts import Alerts, after_status

    assert settings.alerts.webhook is not None
    alerts = Alerts(settings.alerts.webhook.get_secret_value(), warehouse, now=lambda: now)
    for account, entries in accounts.items():
        alerts.notify(after_status(account, entries, limit, now, unfinished.get(account)))


def _write_metrics_of(settings: Settings, warehouse: Warehouse) -> None:
    from fieldhouse.pipelines.inspect.freshness import account_health

    _write_metrics(settings, account_health(warehouse, settings))


def _write_metrics(settings: Settings, accounts: Mapping[str, Sequence[Health]]) -> None:
    from .metrics import write

    try:
        write(settings.metrics.textfile, accounts)
    except OSError as error:
        log_line(f"warning: metrics.textfile could not be written: {error}")


def _drift(warehouse: Warehouse, report: Report) -> list[str]:
    """What a run changed in tables that it did not make itself, in words."""
    if report.error is not None:
        return []
    schema = report.account.replace(".", "_")
    try:
        with warehouse.session() as session:
            rows = session.fetch(
                "SELECT table_name, column_name, from_type, to_type, action"
                f" FROM {quote(schema)}._schema_changes WHERE run_id = {literal(report.run_id)}"
                " ORDER BY changed_at, table_name, column_name"
            )
    except WarehouseError:
        return []
    made = {table for table, column, *_ in rows if not column}
    return [
        f"{table}.{column} {action} ({' -> '.join(filter(None, (before, after)))})"
        for table, column, before, after, action in rows
        if table not in made and action != "converted"
    ]
