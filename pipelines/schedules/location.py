"""The code location: an asset for every table of a vendor, partitioned by its accounts; steps, checks, jobs, schedules.

The number of definitions does not depend on the number of accounts. An account is synced by one run at a time: its
lock says so. Runs carry the account and its host as tags, by which an instance can bound those that run at once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from importlib import import_module
from typing import Any

import dagster as dg

from fieldhouse.pipelines.config.account import Account, needed_tables
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.spec.table import Table

from . import timing, work
from .groups import chosen_tables, table_groups

ROWS, FRESH = "rows", "fresh"
ACCOUNT, MONTH = "account", "month"
_OPTIONS = {
    "full": dg.Field(bool, default_value=False, description="Read everything again."),
    "sweep": dg.Field(bool, default_value=False, description="Look for deleted rows now."),
}


@dataclass(frozen=True)
class Fleet:
    """The accounts of one vendor, and the partitions that stand for them: an account's name is its key."""

    terms: work.Terms
    vendor: str
    accounts: tuple[Account, ...]

    @property
    def partitions(self) -> Any:
        """Filled by the sensor ``<vendor>_accounts``."""
        return dg.DynamicPartitionsDefinition(name=timing.partitions_of(self.vendor))

    @cached_property
    def tables(self) -> list[Table]:
        """The tables that any of the accounts syncs."""
        return chosen_tables(self.accounts)

    @property
    def pool(self) -> str:
        """Its limit is the number of this vendor's steps that run at once."""
        return f"fieldhouse_{self.vendor}"

    def key(self, table: str) -> Any:
        """The asset key of a table."""
        return dg.AssetKey([self.vendor, table])


def code_location(terms: work.Terms) -> Any:
    """Dagster's definitions for every vendor with an account; no vendor and no warehouse is asked."""
    assets: list[Any] = []
    checks: list[Any] = []
    jobs: list[Any] = []
    schedules: list[Any] = []
    sensors: list[Any] = []
    vendors = list(dict.fromkeys(account.vendor.name for account in terms.settings.accounts))
    fleets = [Fleet(terms, vendor, terms.accounts(vendor)) for vendor in vendors]
    for fleet in fleets:
        steps = [_step(fleet, name, tables) for name, tables in table_groups(fleet.tables).items()]
        assets += [*steps, _verified(fleet), *_backfills(fleet)]
        checks += [_freshness(fleet)]
        sync, verify, fresh = _jobs(fleet)
        jobs += [sync, verify, fresh]
        schedules += [
            timing.spread(sync, terms, fleet.vendor, timing.HOURLY),
            timing.spread(verify, terms, fleet.vendor, timing.WEEKLY),
            _schedule(fresh, "50 * * * *"),
        ]
        sensors.append(timing.accounts_sensor(terms, fleet.vendor))
    if fleets:
        marts = _marts(terms, fleets)
        job = dg.define_asset_job("build_marts", selection=dg.AssetSelection.assets(marts))
        assets, jobs = [*assets, marts], [*jobs, job]
        schedules.append(_schedule(job, "30 5 * * *"))
    return dg.Definitions(assets=assets, asset_checks=checks, jobs=jobs, schedules=schedules, sensors=sensors)


def _step(fleet: Fleet, name: str, tables: Sequence[Table]) -> Any:
    """One step that syncs a group's tables of an account, or those of them that were chosen."""

    def sync(context: dg.AssetExecutionContext) -> Iterator[Any]:
        account = fleet.terms.account(context.partition_key)
        synced = {table.name for table in account.tables()}
        selected = [table.name for table in tables if fleet.key(table.name) in context.selected_asset_keys]
        config = context.op_execution_context.op_config
        options = Options(full=config["full"], sweep=config["sweep"])
        yield from work.sync(
            fleet.terms, account, [table for table in selected if table in synced], options, ROWS
        )

    return dg.multi_asset(
        name=f"{fleet.vendor}__{name}",
        specs=[_spec(fleet, table) for table in tables],
        check_specs=[dg.AssetCheckSpec(ROWS, asset=fleet.key(table.name)) for table in tables],
        partitions_def=fleet.partitions,
        can_subset=True,
        config_schema=_OPTIONS,
        pool=fleet.pool,
    )(sync)


def _spec(fleet: Fleet, table: Table) -> Any:
    url = fleet.terms.settings.warehouse_url
    return dg.AssetSpec(
        fleet.key(table.name),
        deps=[fleet.key(parent) for parent in needed_tables(table)],
        description=f"{table.name.replace('_', ' ')} ({table.strategy})",
        group_name=fleet.vendor,
        kinds={url.partition(":")[0].replace("postgresql", "postgres")},
        skippable=True,
    )


def _backfills(fleet: Fleet) -> list[Any]:
    """The tables that are read by windows of dates: a partition is a month of an account."""
    names = {table.name for table in fleet.tables if table.window}
    if not names:
        return []

    def window(context: dg.AssetExecutionContext) -> Any:
        keys = context.partition_key.keys_by_dimension
        account = fleet.terms.account(keys[ACCOUNT])
        chosen = [table.name for table in account.tables() if table.name in names]
        return work.backfill(fleet.terms, account, chosen, months.time_window_for_partition_key(keys[MONTH]))

    settings = [account.settings.earliest for account in fleet.accounts]
    first = min((date for date in settings if date), default=datetime.now(UTC) - timedelta(days=731))
    months = dg.MonthlyPartitionsDefinition(start_date=first.replace(day=1), end_offset=1)
    made = dg.asset(
        key=[fleet.vendor, "_backfill"],
        description=f"A month of {', '.join(sorted(names))} once more, merged; cursors stay.",
        group_name=fleet.vendor,
        partitions_def=dg.MultiPartitionsDefinition({ACCOUNT: fleet.partitions, MONTH: months}),
        pool=fleet.pool,
    )
    return [made(window)]


def _freshness(fleet: Fleet) -> Any:
    """One look at the warehouse for all accounts: an account that is late is not hidden by another."""
    names = [table.name for table in fleet.tables]

    def fresh(context: dg.AssetCheckExecutionContext) -> Iterator[Any]:
        keys = context.selected_asset_check_keys
        chosen = [name for name in names if dg.AssetCheckKey(fleet.key(name), FRESH) in keys]
        yield from work.freshness(fleet.terms, fleet.vendor, chosen)

    specs = [dg.AssetCheckSpec(FRESH, asset=fleet.key(name)) for name in names]
    return dg.multi_asset_check(name=f"{fleet.vendor}__{FRESH}", specs=specs, can_subset=True)(fresh)


def _verified(fleet: Fleet) -> Any:
    """An account against the vendor; its partition is green when no row differs."""

    def verify(context: dg.AssetExecutionContext) -> Any:
        return work.verify(fleet.terms, fleet.terms.account(context.partition_key))

    made = dg.asset(
        key=[fleet.vendor, "_verified"],
        description="Every table against the vendor, row by row.",
        group_name=fleet.vendor,
        partitions_def=fleet.partitions,
        pool=fleet.pool,
    )
    return made(verify)


def _jobs(fleet: Fleet) -> tuple[Any, Any, Any]:
    """The sync of an account, its verify, which asks the vendor for everything, and the look at all accounts' ages."""
    keys = [fleet.key(table.name) for table in fleet.tables]
    counts = [dg.AssetCheckKey(key, ROWS) for key in keys]
    ages = [dg.AssetCheckKey(key, FRESH) for key in keys]
    one_by_one = dg.in_process_executor
    return (
        dg.define_asset_job(
            f"sync_{fleet.vendor}",
            selection=dg.AssetSelection.assets(*keys).without_checks() | dg.AssetSelection.checks(*counts),
            executor_def=one_by_one,
            description="Every table of an account: what changed since the last run.",
        ),
        dg.define_asset_job(
            f"verify_{fleet.vendor}",
            selection=dg.AssetSelection.assets([fleet.vendor, "_verified"]),
            executor_def=one_by_one,
            description="An account against the vendor, row by row.",
        ),
        dg.define_asset_job(
            f"fresh_{fleet.vendor}",
            selection=dg.AssetSelection.checks(*ages),
            executor_def=one_by_one,
            description="The age of every table of every account.",
        ),
    )


def _schedule(job: Any, cron: str) -> Any:
    return dg.ScheduleDefinition(job=job, cron_schedule=cron, execution_timezone="UTC")


def _marts(terms: work.Terms, fleets: Sequence[Fleet]) -> Any:
    """The models for analysts, after the tables of all accounts."""

    def marts(context: dg.AssetExecutionContext) -> Any:
        report = import_module("fieldhouse.pipelines.build_marts").build(terms.settings)
        if report.problems:
            problems = "; ".join(
                f"{problem.kind} {problem.name}: {problem.message}" for problem in report.problems
            )
            raise dg.Failure(description=problems, allow_retries=False)
        work.publish(terms)
        return dg.MaterializeResult(metadata={"models": report.models, "tests": report.tests})

    tables = [fleet.key(table.name) for fleet in fleets for table in fleet.tables]
    made = dg.asset(key=["marts"], deps=tables, group_name="marts", description="fieldhouse build")
    return made(marts)
