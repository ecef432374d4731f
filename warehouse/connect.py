"""Connecting: from a warehouse's address to something that can be opened."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from fieldhouse.warehouse.backends.locks import WaitPolicy, silent
from fieldhouse.warehouse.backends.protocol import Backend, Warehouse, WrongAddress

from .errors import WarehouseSettingsError

__all__ = ["Warehouse", "backend_of", "backends", "open_warehouse"]


def backends() -> Iterator[type[Backend]]:
    """Every place for a warehouse, imported when it is reached; a new one is a driver, a backend and its entry here."""
    from fieldhouse.warehouse.backends.duckdb_file import DuckWarehouse

    yield DuckWarehouse
    from fieldhouse.warehouse.backends.postgres_server import PostgresWarehouse

    yield PostgresWarehouse
    from fieldhouse.warehouse.backends.ducklake import LakeWarehouse

    yield LakeWarehouse


def backend_of(url: str) -> type[Backend]:
    """The backend that takes an address. Raises WarehouseSettingsError if none does."""
    scheme = url.partition(":")[0].lower()
    for backend in backends():
        if scheme in backend.schemes:
            return backend
    raise _refusal(f"the scheme {scheme!r} is not known" if "://" in url else "this is no address")


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
    try:
        return backend_of(url).from_url(url, WaitPolicy(lock_wait, clock, sleep, say), grant_read)
    except WrongAddress as wrong:
        raise _refusal(str(wrong)) from None


def _refusal(reason: str) -> WarehouseSettingsError:
    expected = " or ".join(backend.expected for backend in backends())
    return WarehouseSettingsError(f"warehouse.url: {reason}; expected {expected}")
