"""The retry policy: which failures are repeated, after how long, and when a request is given up."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from fieldhouse.sources.engine.errors import TryLater

from .messages import Response

RETRYABLE = frozenset({408, 425, 429, *range(500, 600)})
"""Statuses that may heal. A 5xx is the server's fault, and one that is not known counts as 500 (RFC 9110, 15)."""
TOO_MANY = frozenset({429, 503})
"""Statuses that ask for fewer requests at once."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds: the backoff after the first attempt, and the longest one."""


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
        """0.5, 1, 2 … seconds with jitter, 30 at most, and never less than the vendor asked for."""
        backoff: float = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (state.attempt_number - 1))
        return max(backoff * (0.5 + random.random() / 2), getattr(_error(state), "after", None) or 0.0)

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
        seconds = float(value)
    except ValueError:
        date = date_of(value)
        seconds = date.timestamp() - now if date else math.nan
    return max(0.0, seconds) if math.isfinite(seconds) else None


def date_of(value: str | None) -> datetime | None:
    """An HTTP date in UTC; None if absent or not understood."""
    try:
        return parsedate_to_datetime(value).astimezone(UTC) if value else None
    except (ValueError, TypeError, OverflowError):
        return None
