"""The command ``status``: how fresh each table is, from the warehouse alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from fieldhouse.pipelines.config.settings import Settings
from fieldhouse.pipelines.errors import REACH
from fieldhouse.pipelines.inspect.freshness import account_health, unfinished_runs
from fieldhouse.pipelines.inspect.health import Health
from fieldhouse.pipelines.monitoring.notify import notify_status
from fieldhouse.pipelines.output.console import duration, log_line, print_grid, print_json, print_line
from fieldhouse.warehouse.connect import open_warehouse

_HEADERS = ("table", "last sync", "age", "rows", "deleted", "cursor", "last run", "schema changes")
_NUMBERS = ("age", "rows", "deleted", "schema changes")


def run(
    settings: Settings,
    names: Sequence[str],
    *,
    max_age: timedelta | None = None,
    as_json: bool = False,
    now: datetime | None = None,
) -> int:
    """Print the health of the accounts; 3 where a table is older than ``max_age``, else 0."""
    now = now or datetime.now(UTC)
    warehouse = open_warehouse(settings.warehouse_url, lock_wait=settings.lock_wait, say=log_line)
    accounts = account_health(warehouse, settings, names)
    unfinished = unfinished_runs(warehouse, accounts)
    if as_json:
        print_json(_document(accounts, unfinished, max_age, now))
    elif not any(entry.last_run for entries in accounts.values() for entry in entries):
        print_line(f"nothing is synced yet in {warehouse.display}: run 'fieldhouse sync'")
    else:
        _print_accounts(accounts, unfinished, max_age, now)
    notify_status(settings, warehouse, accounts, unfinished, max_age, now)
    return REACH if max_age is not None and (_late(accounts, max_age, now) or not accounts) else 0


def _late(
    accounts: Mapping[str, Sequence[Health]], max_age: timedelta, now: datetime
) -> list[tuple[str, Health]]:
    return [
        (name, entry)
        for name, entries in accounts.items()
        for entry in entries
        if entry.older_than(max_age, now)
    ]


def _document(
    accounts: Mapping[str, Sequence[Health]],
    unfinished: Mapping[str, Mapping[str, Any]],
    max_age: timedelta | None,
    now: datetime,
) -> dict[str, Any]:
    return {
        "vendors": {
            name: {
                "tables": {entry.table: _object(entry, max_age, now) for entry in entries},
                "unfinished": unfinished.get(name),
            }
            for name, entries in accounts.items()
        }
    }


def _object(entry: Health, max_age: timedelta | None, now: datetime) -> dict[str, Any]:
    age = entry.age(now)
    return {
        "last_sync": entry.last_sync,
        "age_seconds": None if age is None else round(age.total_seconds()),
        "rows": entry.rows,
        "rows_deleted": entry.deleted,
        "cursor": entry.cursor,
        "last_run": entry.last_run,
        "outcome": entry.outcome,
        "error": entry.error,
        "schema_changes": entry.schema_changes,
        "late": None if max_age is None else entry.older_than(max_age, now),
    }


def _print_accounts(
    accounts: Mapping[str, Sequence[Health]],
    unfinished: Mapping[str, Mapping[str, Any]],
    max_age: timedelta | None,
    now: datetime,
) -> None:
    for name, entries in accounts.items():
        if not any(entry.last_run for entry in entries):
            print_line(f"{name}: never synced ({len(entries)} tables)\n")
            continue
        print_line(name)
        print_grid(_HEADERS, [_row(entry, now) for entry in entries], _NUMBERS, ("last sync",))
        for error in _errors(name, entries):
            print_line(f"error: {error}")
        if run := unfinished.get(name):
            print_line(f"cut off: the sync that began at {run['started_at']} ({run['holder']}) did not end")
            print_line(f"  -> Run 'fieldhouse sync {name}': it goes on from what was committed.")
        print_line()
    late = _late(accounts, max_age, now) if max_age is not None else []
    if late and max_age is not None:
        names = ", ".join(f"{name}.{entry.table}" for name, entry in late[:8])
        rest = f" and {len(late) - 8} more" if len(late) > 8 else ""
        print_line(f"late: older than {duration(max_age.total_seconds())}: {names}{rest}")
        print_line("  -> Run 'fieldhouse sync', or look at the last run's error above.")


def _errors(account: str, entries: Sequence[Health]) -> Iterator[str]:
    """Each error once, with the tables that it stopped."""
    tables: dict[str, list[str]] = {}
    for entry in entries:
        if entry.error:
            tables.setdefault(entry.error.replace(f"{account}.{entry.table}: ", "", 1), []).append(
                entry.table
            )
    for error, names in tables.items():
        some = f"{account}, {len(names)} tables ({', '.join(names[:3])}{', …' if len(names) > 3 else ''})"
        yield f"{some if len(names) > 1 else f'{account}.{names[0]}'}: {error}"


def _row(entry: Health, now: datetime) -> list[str]:
    age = entry.age(now)
    return [
        entry.table,
        f"{entry.last_sync.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}" if entry.last_sync else "never",
        "" if age is None else duration(age.total_seconds()),
        f"{entry.rows:,}",
        f"{entry.deleted:,}",
        (entry.cursor or "")[:16],
        entry.outcome,
        f"{entry.schema_changes}" if entry.schema_changes else "",
    ]
