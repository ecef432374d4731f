"""Pace: never more requests than the vendor publishes, over all processes of the machine, and gentle below that.

``Governor`` grants requests one by one from a file that every process shares, so that published limits hold in any
window and over restarts; ``SharedGovernor`` from a book that several machines share. ``Gate`` bounds the requests in
flight and adapts: one more after a run of successes, half after the vendor said "too many".
"""

from __future__ import annotations

import fcntl
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

from .errors import TryLater

Seconds = float
_MARGIN = 1.045
"""Grants are spaced so that arrivals may be jittered by 4.5 % of a second and still keep within the limit."""
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


class Pacing(Protocol):
    """Grants requests."""

    def reserve(self) -> Seconds:
        """Reserve the next grant and say how many seconds from now it is; raises TryLater."""


class Book(Protocol):
    """Where machines that share a budget write down what they will send, by one clock."""

    def reserve(self, budget: str, limits: Sequence[Limit], patience: Seconds) -> Seconds:
        """Write the next grant of ``budget`` down and say how many seconds from now it is.

        Nothing is written where it is further away than ``patience``.
        """


class SharedGovernor:
    """Grants at most what every one of ``limits`` allows, over all that share ``book``.

    Args:
        limits: ``(requests, seconds)`` each.
        budget: its name in the book.
        patience: the longest wait, in seconds, before ``TryLater`` says when to come back.
    """

    def __init__(
        self, limits: tuple[tuple[int, Seconds], ...], book: Book, budget: str, *, patience: Seconds = 120.0
    ) -> None:
        self.limits, self.book, self.budget, self.patience = limits, book, budget, patience
        self._limits = [Limit(*limit) for limit in limits]

    def reserve(self) -> Seconds:
        """Reserve the next grant and say how many seconds from now it is."""
        pause = self.book.reserve(self.budget, self._limits, self.patience)
        if pause > self.patience:
            raise _used_up(pause)
        return pause


def _used_up(pause: Seconds) -> TryLater:
    return TryLater(
        f"the vendor's published limit is used up for the next {pause:.0f} seconds",
        do=f"Run the sync again in {max(1, round(pause / 60))} minutes.",
        after=pause,
    )


class Governor:
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

    def wait(self) -> None:
        """Block until one request may be sent.

        Raises:
            TryLater: the budget is used up for longer than ``patience``.
        """
        pause = self.reserve()
        if pause > 0:
            self._sleep(pause)

    def reserve(self) -> Seconds:
        """Reserve the next grant and say how many seconds from now it is."""
        with self._lock, self._rings() as memory:
            now = self._clock()
            at = max([now, *(self._free_at(memory, index) for index in range(len(self.limits)))])
            if at - now > self.patience:
                raise _used_up(at - now)
            for index in range(len(self.limits)):
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
        return max(last + limit.spacing if last else 0.0, oldest + limit.window if oldest else 0.0)

    def _grant(self, memory: mmap.mmap, index: int, at: Seconds) -> None:
        requests, _ = self.limits[index]
        start = self._offset(index)
        _, used = _HEAD.unpack_from(memory, start)
        _SLOT.pack_into(memory, start + _HEAD.size + used % requests * _SLOT.size, at)
        _HEAD.pack_into(memory, start, at, used + 1)


class Paces:
    """Several governors at once: a request waits for the slowest of them."""

    def __init__(self, *governors: Pacing, sleep: Callable[[Seconds], None] = time.sleep) -> None:
        self.governors, self._sleep = governors, sleep

    def wait(self) -> None:
        """Block until all of them let one request through; raises what they raise."""
        pause = max((governor.reserve() for governor in self.governors), default=0.0)
        if pause > 0:
            self._sleep(pause)


class Gate:
    """At most ``limit`` requests in flight; the limit adapts between 1 and ``most``.

    Args:
        start: requests in flight at first.
        most: never more than this.
    """

    def __init__(self, start: int, most: int) -> None:
        self.most = max(1, most)
        self.limit = float(min(max(1, start), self.most))
        self._in_flight = 0
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

    def went_well(self) -> None:
        """Additive increase: about one more in flight per round of successes."""
        with self._free:
            before = int(self.limit)
            self.limit = min(float(self.most), self.limit + 1.0 / max(1.0, self.limit))
            if int(self.limit) > before:
                self._free.notify()

    def too_many(self) -> None:
        """Multiplicative decrease, after 429, 503 or a time-out."""
        with self._free:
            self.limit = max(1.0, self.limit / 2)
