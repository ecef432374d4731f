"""Concurrency limit: how many requests are in flight. It adapts to the vendor between 1 and a maximum.

One more after a round of successes; half after the vendor answered "too many requests", timed out, or became slow.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_ROUND, _SLOWER, _SLOWER_BY = 20, 4.0, 1.0
"""Answers that are compared together, and how many times and seconds slower than usual counts as overload."""


class ConcurrencyLimiter:
    """At most ``limit`` requests in flight; the limit adapts between 1 and ``most``.

    Args:
        start: requests in flight at first.
        most: never more than this.
    """

    def __init__(self, start: int, most: int) -> None:
        self.maximum = max(1, most)
        self.limit = float(min(max(1, start), self.maximum))
        self._in_flight = 0
        self._usual = self._recent = 0.0
        self._timed = 0
        self._free = threading.Condition()

    @contextmanager
    def __call__(self) -> Iterator[None]:
        with self._free:
            self._free.wait_for(lambda: self._in_flight < int(self.limit))
            self._in_flight += 1
        try:
            yield
        finally:
            with self._free:
                self._in_flight -= 1
                self._free.notify()

    def report_success(self) -> None:
        """Additive increase: about one more in flight per round of successes."""
        with self._free:
            before = int(self.limit)
            self.limit = min(float(self.maximum), self.limit + 1.0 / max(1.0, self.limit))
            if int(self.limit) > before:
                self._free.notify()

    def report_throttled(self) -> None:
        """Multiplicative decrease, after 429, 503 or a time-out."""
        with self._free:
            self.limit = max(1.0, self.limit / 2)

    def report_duration(self, seconds: float) -> None:
        """Multiplicative decrease as well if answers have become much slower than they were.

        An overloaded vendor becomes slow before it answers 429. Answers are compared a round at a time: four times the
        usual, and a second more, halves what is in flight, and is the usual from then on.
        """
        with self._free:
            self._timed += 1
            self._recent += (seconds - self._recent) / min(self._timed, _ROUND)
            if self._timed % _ROUND:
                return
            slower = self._usual and self._recent > max(_SLOWER * self._usual, self._usual + _SLOWER_BY)
            self._usual = self._recent if slower or not self._usual else min(self._usual, self._recent)
        if slower:
            self.report_throttled()
