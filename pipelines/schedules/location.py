"""The code location: an asset for every table, steps by account and table group, checks, jobs and schedules.

An account is synced by one run at a time: its lock ensures it, its job runs step after step, and its pool holds other
runs back where the instance has a limit for it. Different accounts run side by side, on whatever runs Dagster's runs.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import dagster as dg

from fieldhouse.pipelines.config.account import Account, needed_tables
from fieldhouse.pipelines.config.settings import Settings
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.spec.table import Table

from . import work
from .groups import table_groups

ROWS, FRESH, VERIFY = "rows", "fresh", "verify"
_OPTIONS = {
    "full": dg.Field(bool, default_value=False, description="Read everything again."),
    "sweep": dg.Field(bool, default_value=False, description="Look for deleted rows now."),
}


def code_location(terms: work.Terms) -> Any:
    """Dagster's definitions for every configured account; no vendor and no warehouse is asked."""
    settings = terms.settings
    assets: list[Any] = []
    checks: list[Any] = []
    jobs: list[Any] = []
    schedules: list[Any] = []
    for index, account in enumerate(settings.accounts):
        names = [table.name for table in account.tables()]
        synced = [_group(terms, account, name, of) for name, of in table_groups(account).items()]
        assets += [*synced, *_backfills(terms, account)]
        checks += [_freshness(terms, account, names), _verified(terms, account, names)]
        sync, verify = _jobs(account, names)
        jobs += [sync, verify]
        schedules += [
            _schedule(sync, f"{index * 7 % 60} * * * *"),
            _schedule(verify, f"{index * 7 % 60} 3 * * 0"),
        ]
    if settings.accounts:
        marts = _marts(terms)
        job = dg.define_asset_job("build_marts", selection=dg.AssetSelection.assets(marts))
        assets, jobs = [*assets, marts], [*jobs, job]
        schedules.append(_schedule(job, "30 5 * * *"))
    return dg.Definitions(assets=assets, asset_checks=checks, jobs=jobs, schedules=schedules)


def _key(account: Account, table: str) -> Any:
    return dg.AssetKey([account.schema, table])


def _pool(account: Account) -> str:
    return f"fieldhouse_{account.schema}"


def _group(terms: work.Terms, account: Account, name: str, tables: Sequence[Table]) -> Any:
    """One step that syncs a group's tables, or those of them that were chosen."""

    def sync(context: dg.AssetExecutionContext) -> Iterator[Any]:
        chosen = [table.name for table in tables if _key(account, table.name) in context.selected_asset_keys]
        config = context.op_execution_context.op_config
        options = Options(full=config["full"], sweep=config["sweep"])
        yield from work.sync(terms, account, chosen, options, ROWS)

    specs = [_spec(terms.settings, account, table) for table in tables]
    counts = [dg.AssetCheckSpec(ROWS, asset=_key(account, table.name)) for table in tables]
    return dg.multi_asset(
        name=f"{account.schema}__{name}",
        specs=specs,
        check_specs=counts,
        can_subset=True,
        config_schema=_OPTIONS,
        pool=_pool(account),
    )(sync)


def _spec(settings: Settings, account: Account, table: Table) -> Any:
    return dg.AssetSpec(
        _key(account, table.name),
        deps=[_key(account, parent) for parent in needed_tables(table)],
        description=f"{account.vendor.title}: {table.name.replace('_', ' ')} ({table.strategy})",
        group_name=account.schema,
        kinds={settings.warehouse_url.partition(":")[0].replace("postgresql", "postgres")},
        skippable=True,
    )


def _backfills(terms: work.Terms, account: Account) -> list[Any]:
    """The tables that are read by windows of dates, a month a partition."""
    names = [table.name for table in account.tables() if table.window]
    if not names:
        return []

    def window(context: dg.AssetExecutionContext) -> Any:
        return work.backfill(terms, account, names, context.partition_time_window)

    first = account.settings.earliest or datetime.now(UTC) - timedelta(days=731)
    months = dg.MonthlyPartitionsDefinition(start_date=first.replace(day=1), end_offset=1)
    made = dg.asset(
        key=[account.schema, "_backfill"],
        description=f"A month of {', '.join(names)} once more, merged; cursors stay.",
        group_name=account.schema,
        partitions_def=months,
        pool=_pool(account),
    )
    return [made(window)]


def _freshness(terms: work.Terms, account: Account, names: Sequence[str]) -> Any:
    def fresh(context: dg.AssetCheckExecutionContext) -> Iterator[Any]:
        yield from work.freshness(terms, account, _chosen(context, account, names, FRESH))

    return _checks(account, names, FRESH)(fresh)


def _verified(terms: work.Terms, account: Account, names: Sequence[str]) -> Any:
    def verify(context: dg.AssetCheckExecutionContext) -> Iterator[Any]:
        yield from work.verify(terms, account, _chosen(context, account, names, VERIFY))

    return _checks(account, names, VERIFY, pool=_pool(account))(verify)


def _checks(account: Account, names: Sequence[str], check: str, pool: str | None = None) -> Any:
    specs = [dg.AssetCheckSpec(check, asset=_key(account, name)) for name in names]
    return dg.multi_asset_check(name=f"{account.schema}__{check}", specs=specs, can_subset=True, pool=pool)


def _chosen(context: Any, account: Account, names: Sequence[str], check: str) -> list[str]:
    keys = context.selected_asset_check_keys
    return [name for name in names if dg.AssetCheckKey(_key(account, name), check) in keys]


def _jobs(account: Account, names: Sequence[str]) -> tuple[Any, Any]:
    """The sync with its cheap checks, and the verify, which asks the vendor for everything."""
    keys = [_key(account, name) for name in names]
    cheap = [dg.AssetCheckKey(key, check) for key in keys for check in (ROWS, FRESH)]
    dear = [dg.AssetCheckKey(key, VERIFY) for key in keys]
    one_by_one = dg.in_process_executor
    return (
        dg.define_asset_job(
            f"sync_{account.schema}",
            selection=dg.AssetSelection.assets(*keys).without_checks() | dg.AssetSelection.checks(*cheap),
            executor_def=one_by_one,
            description=f"Every table of {account.name}: what changed since the last run.",
        ),
        dg.define_asset_job(
            f"verify_{account.schema}",
            selection=dg.AssetSelection.checks(*dear),
            executor_def=one_by_one,
            description=f"{account.name} against the vendor, row by row.",
        ),
    )


def _schedule(job: Any, cron: str) -> Any:
    return dg.ScheduleDefinition(job=job, cron_schedule=cron, execution_timezone="UTC")


def _marts(terms: work.Terms) -> Any:
    """The models for analysts, after the tables of all accounts."""
    settings = terms.settings

    def marts(context: dg.AssetExecutionContext) -> Any:
        report = import_module("fieldhouse.pipelines.build_marts").build(settings)
        if report.problems:
            problems = "; ".join(
                f"{problem.kind} {problem.name}: {problem.message}" for problem in report.problems
            )
            raise dg.Failure(description=problems, allow_retries=False)
        work.publish(terms)
        return dg.MaterializeResult(metadata={"models": report.models, "tests": report.tests})

    tables = [_key(account, table.name) for account in settings.accounts for table in account.tables()]
    made = dg.asset(key=["marts"], deps=tables, group_name="marts", description="fieldhouse build")
    return made(marts)
