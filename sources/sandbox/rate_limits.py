"""Rate limits of a sandbox: a sliding window for each limit, measured by the sandbox's own clock."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta

from .sandbox import Answer


class SlidingWindow:
    """Remembers when requests were let through, for as long as the widest limit looks back."""

    def __init__(self) -> None:
        self._let_through: deque[datetime] = deque()

    def refuse(self, limits: Sequence[tuple[int, float]], now: datetime) -> Answer | None:
        """429 with ``Retry-After`` in whole seconds where one more request would break a limit, else None."""
        if not limits:
            return None
        widest = now - timedelta(seconds=max(seconds for _, seconds in limits))
        while self._let_through and self._let_through[0] <= widest:
            self._let_through.popleft()
        wait = max(self._wait(allowed, seconds, now) for allowed, seconds in limits)
        if wait > 0:
            return Answer(
                429, b'{"errors":{"base":["too many requests"]}}', {"Retry-After": str(math.ceil(wait))}
            )
        self._let_through.append(now)
        return None

    def _wait(self, allowed: int, seconds: float, now: datetime) -> float:
        if len(self._let_through) < allowed:
            return 0.0
        oldest = self._let_through[-allowed]
        return (oldest - now).total_seconds() + seconds
