"""What webhooks say may have changed, gathered until it is worth a read.

A hint names a row; many of them in a short time are a storm, and then the table as a whole is read by its filter,
however many there are: the number of requests is bounded by time, not by the number of hints.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

GATHER = 1.0
"""Seconds from the first hint to the read, so that an edit that makes three events is one read."""
STORM_GATHER = 15.0
"""The same while there is a storm."""
STORM = 200
"""So many rows of one table and more are a storm."""

Key = tuple[str, ...]


@dataclass
class Table:
    """The hints of one table; ``whole`` once there are too many to keep."""

    keys: set[Key] = field(default_factory=set)
    whole: bool = False
    deletes: bool = False


@dataclass(frozen=True)
class Due:
    """What is to be read now of an account: some rows of these tables, and those tables as a whole."""

    account: str
    some: Mapping[str, tuple[Key, ...]]
    whole: frozenset[str]
    deletes: bool


class Hints:
    """Safe to use from many threads. ``clock`` counts seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._accounts: dict[str, dict[str, Table]] = {}
        self._since: dict[str, float] = {}
        self.heard = 0

    def add(self, account: str, table: str, key: Key | None, *, deleted: bool = False) -> None:
        """Note a row that may have changed; of an unknown one (``key`` is None) the whole table may have."""
        with self._lock:
            self.heard += 1
            hints = self._accounts.setdefault(account, {}).setdefault(table, Table())
            self._since.setdefault(account, self._clock())
            hints.deletes = hints.deletes or deleted
            if key is not None and not hints.whole:
                hints.keys.add(key)
            if key is None or len(hints.keys) >= STORM:
                hints.whole, hints.keys = True, set()

    def due(self) -> list[Due]:
        """Take what has waited long enough."""
        with self._lock:
            return [self._take(account) for account in list(self._accounts) if self._is_due(account)]

    def back(self, due: Due) -> None:
        """Put back what could not be read: it waits as if it were new."""
        for table, keys in due.some.items():
            for key in keys:
                self.add(due.account, table, key)
        for table in due.whole:
            self.add(due.account, table, None, deleted=due.deletes)

    def _is_due(self, account: str) -> bool:
        storm = any(hints.whole for hints in self._accounts[account].values())
        return self._clock() - self._since[account] >= (STORM_GATHER if storm else GATHER)

    def _take(self, account: str) -> Due:
        tables = self._accounts.pop(account)
        del self._since[account]
        return Due(
            account,
            {name: tuple(sorted(hints.keys)) for name, hints in tables.items() if hints.keys},
            frozenset(name for name, hints in tables.items() if hints.whole),
            any(hints.deletes for hints in tables.values() if hints.whole),
        )
