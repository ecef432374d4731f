"""The retry policy: which failures are repeated, after how long, and when a request is given up."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from fieldhouse.sources.engine.errors import TryLater

from .messages import Response

RETRYABLE = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
TOO_MANY = frozenset({429, 503})
"""Statuses that ask for fewer requests at once."""
FIRST_PAUSE, LONGEST_PAUSE, SHORTEST_WAIT = 0.5, 30.0, 0.05
"""Seconds: the backoff after the first attempt, the longest one, and the least that a vendor's own wait takes."""


class RetryableError(Exception):
    """One attempt failed in a way that may heal. ``after``: seconds that the vendor asked to wait."""

    def __init__(self, what: str, after: float | None = None) -> None:
        super().__init__(what)
        self.after = after


@dataclass(frozen=True)
class RetryPolicy:
    """When an attempt is repeated.

    Attributes:
        attempts: tries per request, the first one included.
        patience: the longest ``Retry-After`` that is waited for, in seconds; beyond it ``TryLater``, exit 3.
        clock: seconds since 1970, for a ``Retry-After`` that is a date.
    """

    attempts: int
    patience: float
    clock: Callable[[], float]

    def retrying(self, sleep: Callable[[float], None]) -> Retrying:
        """Repeats a call while it raises ``RetryableError``; after the last attempt it raises ``TryLater``."""
        return Retrying(
            stop=stop_after_attempt(self.attempts),
            wait=self._pause,
            retry=retry_if_exception_type(RetryableError),
            sleep=sleep,
            retry_error_callback=self._give_up,
        )

    def refuse_retryable(self, response: Response, host: str) -> None:
        """Raise ``RetryableError`` for a status that may heal; ``TryLater`` if the vendor asks for too long a wait."""
        if response.status not in RETRYABLE:
            return
        after = requested_wait(response.headers.get("retry-after"), self.clock())
        what = "too many requests" if response.status == 429 else f"HTTP {response.status}"
        if after is not None and after > self.patience:
            raise TryLater(
                f"{host} answered {what} and asks to wait {after:.0f} seconds",
                do=f"Run the sync again in {max(1, round(after / 60))} minutes.",
                after=after,
            )
        raise RetryableError(f"{host} answered {what}", after)

    def _pause(self, state: RetryCallState) -> float:
        """What the vendor asked for, else 0.5, 1, 2 … seconds with jitter, 30 at most."""
        after = getattr(_error(state), "after", None)
        if after is not None:
            return max(float(after), SHORTEST_WAIT)
        backoff: float = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (state.attempt_number - 1))
        return backoff * (0.5 + random.random() / 2)

    def _give_up(self, state: RetryCallState) -> None:
        error = _error(state)
        raise TryLater(
            f"{error} after {self.attempts} attempts",
            do="Run the sync again.",
            after=getattr(error, "after", None),
        ) from None


def _error(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None


def requested_wait(value: str | None, now: float) -> float | None:
    """``Retry-After`` in seconds, from seconds or an HTTP date; None if absent or not understood.

    Args:
        now: seconds since 1970.
    """
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (date.astimezone(UTC) - datetime.fromtimestamp(now, UTC)).total_seconds())
