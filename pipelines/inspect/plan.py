"""Plan: what the next sync of an account will request, before it does.

A plan writes nothing. It requests single pages where the state of the last sync is not enough.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from fieldhouse.pipelines.config.account import Account
from fieldhouse.pipelines.errors import exit_code
from fieldhouse.pipelines.sync.account_sync import Progress
from fieldhouse.pipelines.sync.client import open_client
from fieldhouse.pipelines.sync.column_privacy import counted_rules, salted
from fieldhouse.pipelines.sync.known_rows import WarehouseKnownRows
from fieldhouse.pipelines.sync.loader import apply_settings
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.engine.errors import SourceError, gravest
from fieldhouse.sources.engine.extract.run import Run
from fieldhouse.sources.engine.http.auth import Login
from fieldhouse.sources.engine.plan.forecast import forecast_table
from fieldhouse.sources.engine.plan.scan_estimate import Forecast
from fieldhouse.sources.engine.spec.incremental import ServerTime
from fieldhouse.sources.engine.spec.table import Table
from fieldhouse.warehouse.connect import Warehouse
from fieldhouse.warehouse.errors import WarehouseError


@dataclass
class Plan:
    """What the next sync of one account will ask for.

    Attributes:
        overhead: requests that no table asks: signing in, the vendor's clock.
        probes: requests that the plan itself has sent.
        seconds: how long the requests take at the vendor's limits, and at the pace of the probes.
        error: why nothing of the account can be read.
    """

    account: str
    tables: list[Forecast] = field(default_factory=list)
    overhead: int = 0
    probes: int = 0
    seconds: float = 0.0
    error: Exception | None = None

    @property
    def requests(self) -> int:
        return self.overhead + sum(table.requests for table in self.tables)

    @property
    def rows(self) -> int:
        return sum(table.rows or 0 for table in self.tables)

    @property
    def exit_code(self) -> int:
        """The gravest of what stands in the way of a sync."""
        errors = [self.error, *(table.error for table in self.tables)]
        return gravest([exit_code(error) for error in errors if error is not None])


def plan_account(
    account: Account,
    warehouse: Warehouse,
    options: Options,
    *,
    tables: Sequence[Table],
    progress: Progress = lambda outcomes: None,
) -> Plan:
    """Plan the next sync of ``tables``. Errors of tables stand in the plan; so does one of the account."""
    plan = Plan(account.name)
    try:
        _plan(plan, account, warehouse, options, tables, progress)
    except (SourceError, WarehouseError) as error:
        plan.error = error
    return plan


def _plan(
    plan: Plan,
    account: Account,
    warehouse: Warehouse,
    options: Options,
    tables: Sequence[Table],
    progress: Progress,
) -> None:
    options = apply_settings(options, account)
    catalogue, states = _known(warehouse, account.schema)
    options = counted_rules(salted(options, states), states)
    vendor, started = account.vendor, time.monotonic()
    with open_client(account) as (client, most), ThreadPoolExecutor(1, "request") as pool:
        moment = vendor.server_time(client) if vendor.server_time else ServerTime(datetime.now(UTC))
        run = Run(
            vendor=vendor,
            account=account.name,
            client=client,
            known_rows=WarehouseKnownRows(warehouse, account.schema, catalogue),
            server_time=moment,
            options=options,
            states=states,
            sink=_nothing,
            pool=pool,
            max_concurrency=most,
        )
        _forecasts(plan, run, tables, progress)
        probes, sent = sum(table.probes for table in plan.tables), client.transport.sent
        signs_in = isinstance(client.api.auth, Login)
        plan.overhead, plan.probes = max(sent - probes, int(signs_in)), sent
        pace = (time.monotonic() - started) / max(1, sent)
    plan.seconds = max(at_limits(plan.requests, limits(account)), plan.requests * pace / most)


def _known(warehouse: Warehouse, schema: str) -> tuple[dict[str, dict[str, str]], dict[str, dict[str, Any]]]:
    """The columns and the states that an account has; none before the first sync, which creates the warehouse."""
    if not warehouse.exists():
        return {}, {}
    with warehouse.session() as session:
        catalogue = {name: dict(columns) for name, columns in session.catalogue(schema).items()}
        return catalogue, session.states(schema) if "_state" in catalogue else {}


def _forecasts(plan: Plan, run: Run, tables: Sequence[Table], progress: Progress) -> None:
    """One table after the other; ``progress`` hears of the probes."""
    outcomes = [Outcome(table.name, table.strategy) for table in tables]
    made: dict[str, Forecast] = {}
    for table, outcome in zip(tables, outcomes, strict=True):
        outcome.progress.phase = "reading"
        progress(outcomes)
        made[table.name] = estimate = forecast_table(run, table, made)
        plan.tables.append(estimate)
        outcome.counter.sent, outcome.progress.phase = estimate.probes, "done"
    progress(outcomes)


def limits(account: Account) -> list[tuple[int, float]]:
    """The most requests in so many seconds, as the vendor publishes and the settings add."""
    settings, limits_of_account = account.settings, list(account.vendor.limits)
    if settings.requests_per_second:
        limits_of_account.append((1, 1 / settings.requests_per_second))
    if settings.requests_per_hour:
        limits_of_account.append((settings.requests_per_hour, 3600.0))
    return limits_of_account


def at_limits(requests: int, published: Sequence[tuple[int, float]]) -> float:
    """Seconds that so many requests take at least: no window of ``seconds`` holds more than its number."""
    return max((max(0, (requests - 1) // most) * seconds for most, seconds in published), default=0.0)


def _nothing(table: str, frames: Any) -> None:
    """A plan keeps no rows."""
