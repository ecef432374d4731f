"""The command ``status``: last sync, rows, age and errors of each table, from the warehouse alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from fieldhouse.pipelines.config.settings import Settings
from fieldhouse.pipelines.errors import REACH
from fieldhouse.pipelines.inspect.freshness import account_health, existing_warehouse, unfinished_runs
from fieldhouse.pipelines.inspect.health import Health
from fieldhouse.pipelines.monitoring.notify import notify_status
from fieldhouse.pipelines.output.console import (
    duration,
    log_line,
    print_grid,
    print_json,
    print_line,
    quantity,
)
from fieldhouse.pipelines.output.exit import print_causes
from fieldhouse.sources.engine.errors import gravest

_HEADERS = ("table", "last sync", "age", "rows", "deleted", "cursor", "last run", "schema changes")
_NUMBERS = ("age", "rows", "deleted", "schema changes")
_SUMMARY = ("account", "state", "tables", "last sync", "age", "rows", "next step")
_NAMED = 8


@dataclass(frozen=True)
class Status:
    """The health of one account.

    Attributes:
        unfinished: the note of a run that began and never ended.
        max_age: the age from which on a table is late; None if no table can be.
    """

    account: str
    tables: Sequence[Health]
    unfinished: Mapping[str, Any] | None
    max_age: timedelta | None
    now: datetime

    @property
    def late(self) -> list[Health]:
        """The tables that are older than ``max_age``."""
        if self.max_age is None:
            return []
        return [table for table in self.tables if table.older_than(self.max_age, self.now)]

    @property
    def failed(self) -> list[Health]:
        """The tables whose last run failed."""
        return [table for table in self.tables if table.error]

    @property
    def exit_code(self) -> int:
        """The gravest code of the last runs; 3 if a table is late."""
        codes = [table.exit_code for table in self.failed]
        return gravest([*codes, *([REACH] if self.late else [])])

    @property
    def synced(self) -> list[Health]:
        """The tables that a run has met."""
        return [table for table in self.tables if table.last_run]


def run(
    settings: Settings,
    names: Sequence[str],
    *,
    max_age: timedelta | None = None,
    summary: bool = False,
    as_json: bool = False,
    now: datetime | None = None,
) -> int:
    """Print the health of the accounts.

    Returns:
        The exit code of the last runs, the gravest of all tables; 3 if a table is older than ``max_age``; else 0.

    Raises:
        FixSettings: the warehouse does not exist.
    """
    now = now or datetime.now(UTC)
    warehouse = existing_warehouse(settings, log_line)
    accounts = account_health(warehouse, settings, names)
    unfinished = unfinished_runs(warehouse, accounts)
    statuses = [
        Status(account, tables, unfinished.get(account), max_age, now) for account, tables in accounts.items()
    ]
    if as_json:
        print_json({"vendors": {status.account: _object(status) for status in statuses}})
    elif not any(status.synced for status in statuses):
        print_line(f"nothing is synced yet in {warehouse.display}: run 'fieldhouse sync'")
    else:
        _print_errors(statuses)
        _print_summary(statuses) if summary else _print_tables(statuses)
    notify_status(settings, warehouse, accounts, unfinished, max_age, now)
    codes = [status.exit_code for status in statuses]
    return gravest([*codes, *([REACH] if max_age is not None and not accounts else [])])


def _object(status: Status) -> dict[str, Any]:
    return {
        "tables": {table.table: _table(table, status) for table in status.tables},
        "unfinished": status.unfinished,
        "exit_code": status.exit_code,
    }


def _table(table: Health, status: Status) -> dict[str, Any]:
    age = table.age(status.now)
    return {
        "last_sync": table.last_sync,
        "age_seconds": None if age is None else round(age.total_seconds()),
        "rows": table.rows,
        "rows_deleted": table.deleted,
        "cursor": table.cursor,
        "last_run": table.last_run,
        "outcome": table.outcome,
        "error": table.error,
        "cause": table.cause or None,
        "next_step": table.next_step or None,
        "exit_code": table.exit_code,
        "schema_changes": table.schema_changes,
        "late": None if status.max_age is None else table.older_than(status.max_age, status.now),
    }


def _print_errors(statuses: Sequence[Status]) -> None:
    """Everything that needs a person, before the tables: one entry per cause, with its next step."""
    printed = False
    for status in statuses:
        causes = [
            (table.table, table.cause.removeprefix(f"{status.account}.{table.table}: "), table.next_step)
            for table in status.failed
        ]
        print_causes(status.account, causes)
        printed = printed or bool(causes)
        for text, step in _warnings(status):
            print_line(text)
            print_line(f"  -> {step}")
            printed = True
    if printed:
        print_line()


def _warnings(status: Status) -> Iterator[tuple[str, str]]:
    account = status.account
    if note := status.unfinished:
        yield (
            f"cut off: {account}: the sync that began at {note['started_at']} ({note['holder']}) did not end",
            f"Run 'fieldhouse sync {account}': it continues from what was committed.",
        )
    ahead = [table for table in status.tables if table.is_in_future(status.now)]
    if ahead:
        yield (
            f"clock: {account}: the last sync of {_named(ahead)} is in the future, so a clock was ahead",
            "Check the clock of the machine that syncs, then sync again.",
        )
    late = [table for table in status.late if table not in ahead]
    if late and status.max_age is not None:
        limit = duration(status.max_age.total_seconds())
        yield (
            f"late: {account}: older than {limit}: {_named(late)}",
            f"Check that the schedule runs; 'fieldhouse sync {account}' syncs now.",
        )


def _named(tables: Sequence[Health]) -> str:
    names = ", ".join(table.table for table in tables[:_NAMED])
    return f"{names} and {len(tables) - _NAMED} more" if len(tables) > _NAMED else names


def _print_tables(statuses: Sequence[Status]) -> None:
    for status in statuses:
        if status.synced:
            print_line(status.account)
            print_grid(
                _HEADERS, [_row(table, status.now) for table in status.tables], _NUMBERS, ("last sync",)
            )
        else:
            print_line(f"{status.account}: never synced")
        print_line()


def _row(table: Health, now: datetime) -> list[str]:
    age = table.age(now)
    return [
        table.table,
        _time(table.last_sync),
        "" if age is None else duration(age.total_seconds()),
        f"{table.rows:,}",
        f"{table.deleted:,}",
        (table.cursor or "")[:16],
        table.outcome,
        f"{table.schema_changes}" if table.schema_changes else "",
    ]


def _print_summary(statuses: Sequence[Status]) -> None:
    """One line per account."""
    rows = []
    for status in statuses:
        synced = [table.last_sync for table in status.tables if table.last_sync]
        oldest = min(synced, default=None)
        steps = [table.next_step for table in status.failed if table.next_step]
        rows.append(
            [
                status.account,
                _state(status),
                f"{len(status.tables):,}",
                _time(oldest),
                duration((status.now - oldest).total_seconds()) if oldest else "",
                f"{sum(table.rows for table in status.tables):,}",
                steps[0] if steps else "",
            ]
        )
    print_grid(_SUMMARY, rows, ("tables", "age", "rows"))


def _state(status: Status) -> str:
    if status.failed:
        return f"{quantity(len(status.failed), 'table')} failed"
    if status.late:
        return f"{quantity(len(status.late), 'table')} late"
    return "ok" if status.synced else "never synced"


def _time(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}" if moment else "never"
