"""Counts of the requests that one table sends in one run."""

from __future__ import annotations

import threading
from dataclasses import dataclass

_LOCK = threading.Lock()
"""One for all counts, so that a count is plain data that can be copied and sent to another process."""


@dataclass
class Requests:
    """Requests sent; any number of threads counts into it.

    Attributes:
        sent: requests on the wire, every attempt of a retried request included.
        repeatable: those of them that the next run sends again although nothing changes. What is sent once, such as
            the proof of a filter, is no part of it.
    """

    sent: int = 0
    repeatable: int = 0

    def add(self, *, repeatable: bool = True) -> None:
        """Count one request."""
        with _LOCK:
            self.sent += 1
            self.repeatable += repeatable

    def __reduce__(self) -> tuple[type[Requests], tuple[int, int]]:
        """Copies and pickles have the counts and a lock of their own."""
        return Requests, (self.sent, self.repeatable)
