"""What Dagster's steps do: a sync, a look at its health, a verify; each with an end that a scheduler understands.

A step keeps nothing: settings come from the environment, state and locks are the warehouse's. So it may run in any
process of any machine, be killed, and be run again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from fieldhouse.pipelines.config.account import Account
from fieldhouse.pipelines.config.settings import Settings
from fieldhouse.pipelines.errors import REACH, exit_code, message, next_step
from fieldhouse.pipelines.inspect.health import Health, health
from fieldhouse.pipelines.inspect.verify import verify_account
from fieldhouse.pipelines.sync.account_sync import sync_account
from fieldhouse.pipelines.sync.publish import publish_copy
from fieldhouse.pipelines.sync.report import Report
from fieldhouse.pipelines.sync.result_fields import attributes
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.warehouse.connect import Warehouse, open_warehouse

_NAMED, _NEVER = 10, "never"
"""So many late accounts a check names."""


@dataclass(frozen=True)
class Terms:
    """What every step is given.

    Attributes:
        max_age: a table that was not read to its end for longer fails its check ``fresh``.
        attempts, pause: how often, and after how many seconds, a step is tried again whose vendor or warehouse
            was out of reach.
        reload: reads the settings again, so that schedules and sensors see accounts that were added since.
    """

    settings: Settings
    max_age: timedelta = timedelta(hours=3)
    attempts: int = 5
    pause: float = 60.0
    reload: Callable[[], Settings] | None = None

    def accounts(self, vendor: str) -> tuple[Account, ...]:
        """A vendor's accounts."""
        return tuple(account for account in self.settings.accounts if account.vendor.name == vendor)

    def current_accounts(self, vendor: str) -> tuple[Account, ...]:
        """A vendor's accounts as the settings name them now."""
        return (
            replace(self, settings=self.reload()).accounts(vendor) if self.reload else self.accounts(vendor)
        )

    def account(self, name: str) -> Account:
        """The account of a partition. Raises Failure if it is not configured any more."""
        for account in self.settings.accounts:
            if account.name == name:
                return account
        raise dg.Failure(description=f"{name} is not configured.", allow_retries=False)


def opened(settings: Settings) -> Warehouse:
    return open_warehouse(
        settings.warehouse_url, lock_wait=settings.lock_wait, grant_read=settings.grant_read
    )


def sync(
    terms: Terms, account: Account, names: Sequence[str], options: Options, rows_check: str = ""
) -> Iterator[Any]:
    """Sync the named tables: a materialization for each that is complete, then the failure if one is not.

    Raises:
        RetryRequested: out of reach, or the account is being synced.
        Failure: something that only a person changes.
    """
    warehouse = opened(terms.settings)
    before = _live(warehouse, account, names)
    report = sync_account(account, warehouse, options, tables=account.tables(names))
    failed = publish_copy(warehouse, terms.settings.publish, wrote=report.wrote)
    after = _live(warehouse, account, names)
    for outcome in report.outcomes:
        if outcome.table in names and outcome.error is None and report.error is None:
            was, now = before.get(outcome.table, 0), after.get(outcome.table, 0)
            checks = (
                [_rows(account, outcome.table, rows_check, (was, now), _share(account))] if rows_check else []
            )
            yield dg.MaterializeResult(
                asset_key=[account.vendor.name, outcome.table],
                metadata=_metadata(outcome, now),
                check_results=checks,
            )
    _end(terms, report, failed)


def backfill(terms: Terms, account: Account, names: Sequence[str], window: Any) -> Any:
    """One window of dates again, merged; no cursor moves. ``window`` has a ``start`` and an ``end``, exclusive."""
    options = Options(since=window.start, until=window.end - timedelta(microseconds=1))
    warehouse = opened(terms.settings)
    report = sync_account(account, warehouse, options, tables=account.tables(names))
    _end(terms, report, publish_copy(warehouse, terms.settings.publish, wrote=report.wrote))
    rows = sum(outcome.rows_written for outcome in report.outcomes)
    return dg.MaterializeResult(metadata={"rows_written": rows, "requests": report.requests})


def freshness(terms: Terms, vendor: str, names: Sequence[str]) -> Iterator[Any]:
    """Whether each table was read to its end within ``max_age`` in every account that syncs it."""
    now = datetime.now(UTC)
    entries: list[tuple[Account, Health]] = []
    with opened(terms.settings).session() as session:
        for account in terms.accounts(vendor):
            synced = {table.name for table in account.tables()}
            chosen = [name for name in names if name in synced]
            entries += [(account, entry) for entry in health(session, account.schema, chosen)]
    for name in names:
        of_table = [(account, entry) for account, entry in entries if entry.table == name]
        late = [(account, entry) for account, entry in of_table if entry.older_than(terms.max_age, now)]
        ages = [age.total_seconds() / 60 for _, entry in of_table if (age := entry.age(now))]
        yield dg.AssetCheckResult(
            passed=not late,
            asset_key=[vendor, name],
            check_name="fresh",
            description="; ".join(
                f"{account.name}: {entry.error or f'last read: {entry.last_sync or _NEVER}'}"
                for account, entry in late[:_NAMED]
            )
            or None,
            metadata={
                "accounts": len(of_table),
                "late_accounts": len(late),
                **({"age_minutes": round(max(ages), 1)} if ages else {}),
            },
        )


def verify(terms: Terms, account: Account) -> Any:
    """Compare every table with the vendor's, row by row. Asks the vendor for everything again.

    Raises:
        RetryRequested: out of reach, or the account is being synced.
        Failure: a table differs or could not be compared.
    """
    warehouse = opened(terms.settings)
    report = verify_account(account, warehouse, Options(), tables=account.tables())
    if error := report.error or publish_copy(warehouse, None, wrote=report.wrote):
        raise _ended(terms, error)
    differences = {
        verified.table: message(verified.outcome.error)
        if verified.outcome.error
        else ", ".join(f"{count} {kind}" for kind, count in dict(verified.counts).items() if count)
        for verified in report.tables
        if verified.outcome.error or verified.differences
    }
    if differences:
        raise dg.Failure(
            description="; ".join(f"{table}: {what}" for table, what in differences.items()),
            metadata={"tables": sorted(differences)},
            allow_retries=False,
        )
    rows = sum(verified.outcome.rows_read for verified in report.tables)
    return dg.MaterializeResult(metadata={"tables": len(report.tables), "rows": rows})


def publish(terms: Terms) -> None:
    """Give readers of a DuckDB warehouse their copy of what was built; raises as a step ends that could not."""
    if failed := publish_copy(opened(terms.settings), terms.settings.publish, wrote=False):
        raise _ended(terms, failed)


def _live(warehouse: Warehouse, account: Account, names: Sequence[str]) -> Mapping[str, int]:
    with warehouse.session() as session:
        stored = session.catalogue(account.schema)
        return {name: session.count(account.schema, name)[0] for name in names if name in stored}


def _share(account: Account) -> float:
    return float(account.settings.max_delete_share)


def _rows(account: Account, table: str, check: str, counts: tuple[int, int], share: float) -> Any:
    """A table that shrank by more than ``max_delete_share`` in one sync is worth a look."""
    was, now = counts
    return dg.AssetCheckResult(
        passed=now >= was * (1 - share),
        asset_key=[account.vendor.name, table],
        check_name=check,
        metadata={"before": was, "after": now},
        severity=dg.AssetCheckSeverity.WARN,
    )


def _metadata(outcome: Outcome, rows: int) -> dict[str, Any]:
    return {"dagster/row_count": rows, **attributes(outcome, "dagster")}


def _end(terms: Terms, report: Report, unpublished: Exception | None) -> None:
    """Ends the step as the run ended: a person's failure before one that time heals."""
    errors = [report.error, *(outcome.error for outcome in report.outcomes), unpublished]
    occurred = [error for error in errors if error is not None]
    if occurred:
        raise _ended(terms, next((error for error in occurred if exit_code(error) != REACH), occurred[0]))


def _ended(terms: Terms, error: BaseException) -> Exception:
    if exit_code(error) == REACH:
        again: Exception = dg.RetryRequested(max_retries=terms.attempts, seconds_to_wait=terms.pause)
        again.__cause__ = error
        return again
    failure: Exception = dg.Failure(
        description=f"{message(error)} {next_step(error)}".strip(),
        metadata={"exit_code": exit_code(error)},
        allow_retries=False,
    )
    return failure
