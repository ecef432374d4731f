"""The warehouse's one door: from its address to something that can be opened."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from fieldhouse.warehouse.backends.duckdb_file import DuckWarehouse
from fieldhouse.warehouse.backends.locks import Waits, silent
from fieldhouse.warehouse.backends.postgres_server import Address, PostgresWarehouse
from fieldhouse.warehouse.backends.rate_budget import Budgets

from .errors import WarehouseSettingsError
from .session import Session

_EXPECTED = (
    "expected duckdb:///fieldhouse.duckdb (a path relative to here), duckdb:////srv/fieldhouse.duckdb"
    " (an absolute one) or postgresql://user:password@host:5432/database"
)


class Warehouse(Protocol):
    """A warehouse that is not open yet. `display` is its address without the password."""

    @property
    def dialect(self) -> str:
        """`duckdb` or `postgres`."""

    @property
    def display(self) -> str:
        """The address without the password."""

    def session(self) -> AbstractContextManager[Session]:
        """Opens it; sessions within a session share the connection."""

    def exclusive(self) -> AbstractContextManager[Any]:
        """Keeps other processes from a DuckDB file without opening it, for a load that opens it by itself."""

    def account_lock(self, schema: str, holder: str) -> AbstractContextManager[None]:
        """Holds one account, without waiting; raises AccountBusy."""

    def budgets(self) -> Budgets:
        """Rate budgets that all machines share; raises WarehouseSettingsError where only one can use it."""

    def check_schema(self, schema: str) -> None:
        """Raises WarehouseSettingsError for a schema that this warehouse cannot have."""


def open_warehouse(
    url: str,
    *,
    lock_wait: float = 600,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
    say: Callable[[str], None] = silent,
    grant_read: str = "",
) -> Warehouse:
    """The warehouse of an address; nothing is opened yet. `lock_wait` is in seconds.

    `grant_read` names a role that may read what a sync writes (Postgres only). Raises WarehouseSettingsError for
    an address that cannot be one; its message has no password.
    """
    waits = Waits(lock_wait, clock, sleep, say)
    scheme = url.partition(":")[0].lower()
    if scheme == "duckdb" and grant_read:
        raise WarehouseSettingsError(
            "warehouse.grant_read: DuckDB has no roles; expected a warehouse in Postgres, or no such setting."
            " Readers of a DuckDB file get a copy: warehouse.publish"
        )
    if scheme == "duckdb":
        return DuckWarehouse(_file(url), url, waits)
    if scheme in ("postgresql", "postgres"):
        return PostgresWarehouse(_address(url), waits, grant_read)
    raise _refused(f"the scheme {scheme!r} is not known" if "://" in url else "this is no address")


def _file(url: str) -> Path:
    head, path = url[: len("duckdb:///")], url[len("duckdb:///") :]
    if head.lower() != "duckdb:///" or not path:
        raise _refused("the path of the file is missing")
    if path.startswith(":") or "?" in path:
        raise _refused(f"{path!r} is not the path of a file")
    place = Path(unquote(path)).resolve()
    if place.is_dir() or not place.parent.is_dir():
        what = "is a folder" if place.is_dir() else f"is in a folder that does not exist: {place.parent}"
        raise _refused(f"{path!r} {what}")
    return place


def _address(url: str) -> Address:
    """libpq reads the address itself; here only what a message or dlt needs is taken out of it."""
    try:
        parts = urlsplit(url)
        port = parts.port or 5432
    except ValueError:
        raise _refused(
            "the port is not a number, or the password holds a character that must be %-encoded"
        ) from None
    given = parse_qs(parts.query)
    host = parts.hostname or given.get("host", [""])[0]
    database = unquote(parts.path.lstrip("/"))
    for what, value in (
        ("user", parts.username),
        ("password", parts.password),
        ("host", host),
        ("database", database),
    ):
        if not value:
            raise _refused(f"the {what} is missing")
    return Address(url, unquote(parts.password or ""), host, port, database, _shown(parts))


def _shown(parts: SplitResult) -> str:
    place = parts.netloc.rpartition("@")[2]
    return f"postgresql://{parts.username}:***@{place}{parts.path}"


def _refused(reason: str) -> WarehouseSettingsError:
    return WarehouseSettingsError(f"warehouse.url: {reason}; {_EXPECTED}")
