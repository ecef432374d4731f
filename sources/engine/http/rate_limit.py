"""Rate limits: never more requests per time than the vendor publishes, over all processes of the machine.

``RateLimiter`` grants requests one by one from a file that every process shares, so that published limits hold in any
window and over restarts; ``SharedRateLimiter`` from a budget that several machines share.
"""

from __future__ import annotations

import fcntl
import math
import mmap
import os
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from fieldhouse.sources.engine.errors import TryLater

Seconds = float
_MARGIN = 1.045
"""Grants are spaced so that arrivals may be jittered by 4.5 % of a second and still keep within the limit."""
_LATE = 0.03
"""A thread that wakes so many seconds after its grant asks for another: sent now, its request would bunch."""
_EASY, _STRAINED = 0.01, 0.03
"""Up to the one a thread may wake late without a word; from the other on it is as late as counts."""
_WIDER, _FORGETS = 0.25, 0.99
"""How much wider grants are spaced on a machine that wakes its threads late, and how fast that is forgotten."""
_HEAD = struct.Struct("<dQ")
_SLOT = struct.Struct("<d")


@dataclass(frozen=True)
class Limit:
    """At most ``requests`` in any ``seconds``: short ones are kept by even spacing, long ones by counting."""

    requests: int
    seconds: Seconds

    @property
    def spacing(self) -> Seconds:
        """The least time between two grants."""
        return self.seconds / self.requests * _MARGIN if self.seconds <= 1 else 0.0

    @property
    def window(self) -> Seconds:
        """The least time between a grant and the one that is ``requests`` later."""
        slack = self.seconds * (_MARGIN - 1) if self.seconds <= 1 else min(1.0, self.seconds * 0.001)
        return self.seconds + slack


_LONGEST_WAIT = 120.0
"""Seconds that a request may wait for its grant; a process with less patience must not doubt the grants of others."""


class Pacing(Protocol):
    """Grants requests."""

    def reserve(self) -> Seconds:
        """Reserve the next grant; the seconds until it. Raises TryLater."""

    def retry_slot(self) -> Seconds:
        """The same for a grant that was missed, which long windows have counted already."""

    def report_lateness(self, late: Seconds) -> None:
        """A thread woke so late for its grant."""


def _wait(pacings: Sequence[Pacing], clock: Callable[[], Seconds], sleep: Callable[[Seconds], None]) -> None:
    """Block until every one of them lets one request through, and this thread is awake in time for it."""
    pause = max((pacing.reserve() for pacing in pacings), default=0.0)
    while pause > 0:
        wakes_at = clock() + pause
        sleep(pause)
        late = clock() - wakes_at
        for pacing in pacings:
            pacing.report_lateness(late)
        if late <= _LATE:
            return
        pause = max(pacing.retry_slot() for pacing in pacings)


class SharedBudget(Protocol):
    """Where machines that share a budget write down what they will send, by one clock."""

    def reserve(self, budget: str, limits: Sequence[Limit], patience: Seconds) -> Seconds:
        """Write the next grant of ``budget`` down; the seconds until it.

        Nothing is written where it is further away than ``patience``.
        """


class SharedRateLimiter:
    """Grants at most what every one of ``limits`` allows, over all that share ``book``.

    Args:
        limits: ``(requests, seconds)`` each.
        budget: its name in the book.
        patience: the longest wait, in seconds, before ``TryLater`` says when to come back.
    """

    def __init__(
        self,
        limits: tuple[tuple[int, Seconds], ...],
        book: SharedBudget,
        budget: str,
        *,
        patience: Seconds = 120.0,
    ) -> None:
        self.limits, self.shared_budget, self.budget, self.patience = limits, book, budget, patience
        self._limits = [Limit(*limit) for limit in limits]

    def reserve(self) -> Seconds:
        """Reserve the next grant and say how many seconds from now it is."""
        pause = self.shared_budget.reserve(self.budget, self._limits, self.patience)
        if pause > self.patience:
            raise _used_up(pause)
        return pause

    def retry_slot(self) -> Seconds:
        """Nothing more: what is written down for several machines has its own margin."""
        return 0.0

    def report_lateness(self, late: Seconds) -> None:
        """Nothing either."""


def _used_up(pause: Seconds) -> TryLater:
    return TryLater(
        "the limit of requests (the vendor's, or a lower requests_per_hour) is used up",
        do=f"What was committed stays. Run the sync again in {math.ceil(pause / 60)} minutes. "
        "A table that never comes to its end so needs a higher requests_per_hour: a list is read in one run.",
        after=pause,
    )


class RateLimiter:
    """Grants at most ``requests`` per ``seconds`` in any window, for each of ``limits``.

    The grants stand in ``path`` as rings of times, one ring per limit, guarded by a file lock. Short limits are kept by
    even spacing; long ones (an hourly budget) by their ring.

    Args:
        limits: ``(requests, seconds)`` each.
        path: the shared file; made with mode 0600.
        patience: the longest wait, in seconds, before ``TryLater`` says when to come back.
    """

    def __init__(
        self,
        limits: tuple[tuple[int, Seconds], ...],
        path: Path,
        *,
        patience: Seconds = 120.0,
        clock: Callable[[], Seconds] = time.time,
        sleep: Callable[[Seconds], None] = time.sleep,
    ) -> None:
        self.limits, self.path, self.patience = limits, path, patience
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._size = sum(_HEAD.size + _SLOT.size * requests for requests, _ in limits)
        self._strain = 0.0

    def wait(self) -> None:
        """Block until one request may be sent.

        Raises:
            TryLater: the budget is used up for longer than ``patience``.
        """
        _wait([self], self._clock, self._sleep)

    def reserve(self) -> Seconds:
        """Reserve the next grant and say how many seconds from now it is."""
        return self._reserved(range(len(self.limits)))

    def retry_slot(self) -> Seconds:
        """Another grant of the short limits for one that was missed: budgets have counted the request."""
        return self._reserved([at for at, limit in enumerate(self.limits) if Limit(*limit).spacing])

    def report_lateness(self, late: Seconds) -> None:
        """Space grants wider for a while: where threads wake late, requests leave in bunches."""
        strain = min(1.0, max(0.0, late - _EASY) / (_STRAINED - _EASY))
        self._strain = max(strain, self._strain * _FORGETS)

    def _reserved(self, limits: Sequence[int]) -> Seconds:
        with self._lock, self._rings() as memory:
            now = self._clock()
            for index in limits:
                self._correct_future(memory, index, now)
            at = max([now, *(self._free_at(memory, index) for index in limits)])
            if at - now > self.patience:
                raise _used_up(at - now)
            for index in limits:
                self._grant(memory, index, at)
            return at - now

    @contextmanager
    def _rings(self) -> Iterator[mmap.mmap]:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if os.fstat(handle).st_size != self._size:
                os.ftruncate(handle, 0)
                os.ftruncate(handle, self._size)
            with mmap.mmap(handle, self._size) as memory:
                yield memory
        finally:
            os.close(handle)

    def _offset(self, index: int) -> int:
        return sum(_HEAD.size + _SLOT.size * requests for requests, _ in self.limits[:index])

    def _free_at(self, memory: mmap.mmap, index: int) -> Seconds:
        """When the next grant of this limit is free: the ring's oldest grant plus the window, and the even spacing."""
        limit = Limit(*self.limits[index])
        start = self._offset(index)
        last, used = _HEAD.unpack_from(memory, start)
        oldest = 0.0
        if used >= limit.requests:
            (oldest,) = _SLOT.unpack_from(memory, start + _HEAD.size + used % limit.requests * _SLOT.size)
        spacing = limit.spacing * (1 + _WIDER * self._strain)
        return max(last + spacing if last else 0.0, oldest + limit.window if oldest else 0.0)

    def _correct_future(self, memory: mmap.mmap, index: int, now: Seconds) -> None:
        """Count grants that lie further ahead than any wait as made now: a clock was ahead when they were written."""
        requests, _ = self.limits[index]
        start, latest = self._offset(index), now + max(self.patience, _LONGEST_WAIT)
        last, used = _HEAD.unpack_from(memory, start)
        if last <= latest:
            return
        _HEAD.pack_into(memory, start, now, used)
        for position in range(requests):
            place = start + _HEAD.size + position * _SLOT.size
            if _SLOT.unpack_from(memory, place)[0] > latest:
                _SLOT.pack_into(memory, place, now)

    def _grant(self, memory: mmap.mmap, index: int, at: Seconds) -> None:
        requests, _ = self.limits[index]
        start = self._offset(index)
        _, used = _HEAD.unpack_from(memory, start)
        _SLOT.pack_into(memory, start + _HEAD.size + used % requests * _SLOT.size, at)
        _HEAD.pack_into(memory, start, at, used + 1)


class CompositeLimiter:
    """Several governors at once: a request waits for the slowest of them."""

    def __init__(
        self,
        *governors: Pacing,
        clock: Callable[[], Seconds] = time.time,
        sleep: Callable[[Seconds], None] = time.sleep,
    ) -> None:
        self.limiters, self._clock, self._sleep = governors, clock, sleep

    def wait(self) -> None:
        """Block until all of them let one request through; raises what they raise."""
        _wait(self.limiters, self._clock, self._sleep)
