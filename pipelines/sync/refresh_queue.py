"""Refresh queue: rows announced by webhooks that wait to be read.

A hint names a row. Many hints in a short time are a storm: then the table is read by its incremental filter, so that
the number of requests is bounded by time and not by the number of hints.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

GATHER = 1.0
"""Seconds from the first hint to the read, so that an edit that makes three events is one read."""
STORM_GATHER = 15.0
"""The same during a storm."""
STORM_ROWS = 200
"""This many rows of one table, or more, are a storm."""

Key = tuple[str, ...]


@dataclass
class TableHints:
    """The hints of one table. ``read_all`` is True once there are too many to read row by row."""

    keys: set[Key] = field(default_factory=set)
    read_all: bool = False
    deletes: bool = False


@dataclass(frozen=True)
class Due:
    """What to read now of an account: ``keys`` of rows by table, and ``tables`` to read by their filter."""

    account: str
    keys: Mapping[str, tuple[Key, ...]]
    tables: frozenset[str]
    deletes: bool


class Hints:
    """Safe to use from many threads. ``clock`` counts seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._accounts: dict[str, dict[str, TableHints]] = {}
        self._since: dict[str, float] = {}
        self.heard = 0

    def add(self, account: str, table: str, key: Key | None, *, deleted: bool = False) -> None:
        """Add a row that may have changed; if its key is unknown (None), any row of the table may have."""
        with self._lock:
            self.heard += 1
            hints = self._accounts.setdefault(account, {}).setdefault(table, TableHints())
            self._since.setdefault(account, self._clock())
            hints.deletes = hints.deletes or deleted
            if key is not None and not hints.read_all:
                hints.keys.add(key)
            if key is None or len(hints.keys) >= STORM_ROWS:
                hints.read_all, hints.keys = True, set()

    def due(self) -> list[Due]:
        """Remove and return what has waited long enough."""
        with self._lock:
            return [self._take(account) for account in list(self._accounts) if self._is_due(account)]

    def back(self, due: Due) -> None:
        """Put back what could not be read; it waits as if it were new."""
        for table, keys in due.keys.items():
            for key in keys:
                self.add(due.account, table, key)
        for table in due.tables:
            self.add(due.account, table, None, deleted=due.deletes)

    def _is_due(self, account: str) -> bool:
        storm = any(hints.read_all for hints in self._accounts[account].values())
        return self._clock() - self._since[account] >= (STORM_GATHER if storm else GATHER)

    def _take(self, account: str) -> Due:
        tables = self._accounts.pop(account)
        del self._since[account]
        return Due(
            account,
            {name: tuple(sorted(hints.keys)) for name, hints in tables.items() if hints.keys},
            frozenset(name for name, hints in tables.items() if hints.read_all),
            any(hints.deletes for hints in tables.values() if hints.read_all),
        )
