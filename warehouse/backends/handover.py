"""Handover: a file that is open goes from thread to thread while others of the process wait for it.

Opening a DuckDB file reads its whole catalogue, which grows with the accounts in it: 0.1 s of CPU and 23 MB with ten
accounts of 43 tables. The accounts of one sync therefore share an opening, for as long as other processes can be
expected to wait; and a short sync of a file with a large catalogue opens it once, and writes the catalogue back once,
for its beginning and its end.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

HOLD_SECONDS, MOST_SECONDS = 2.0, 20.0
"""After so long a file is closed at the end of a session, whoever waits, so that other processes have their turn. A
file that took long to open is held for longer, up to the second figure."""
SLOW_SECONDS = 0.1
"""A file that took so much CPU to open stays open while a thread is away. Others are closed, as a reader that does not
wait, such as a BI tool, finds an open file locked."""
OPENINGS_SHARE = 0.1
"""The part of the time that openings may take: with 200 accounts on a machine that was busy with other work, a file
that was held for two seconds took one to open, and openings were most of the 41 CPU seconds of a sync without changes.
"""
Opened = TypeVar("Opened")


@dataclass
class Opening(Generic[Opened]):
    """Something that is open, and what closes it.

    Attributes:
        since: when it was open.
        took: seconds that opening took.
        cpu: CPU seconds that opening took.
        is_timed: a timer closes it.
    """

    resource: Opened
    closing: ExitStack
    since: float
    can_pass: bool = True
    took: float = 0.0
    cpu: float = 0.0
    is_timed: bool = False

    @property
    def hold(self) -> float:
        """Seconds for which it may go from thread to thread."""
        return min(max(HOLD_SECONDS, self.took / OPENINGS_SHARE), MOST_SECONDS)


@dataclass
class Handover(Generic[Opened]):
    """Turns of the threads of a process, with what one thread leaves open for the next."""

    clock: Callable[[], float] = time.monotonic
    _turn: threading.RLock = field(default_factory=threading.RLock)
    _count: threading.Lock = field(default_factory=threading.Lock)
    _waiting: int = 0
    _lingering: int = 0
    _passed: Opening[Opened] | None = None

    @contextmanager
    def turn(self) -> Iterator[None]:
        """One thread at a time; a thread that has its turn may ask for it again."""
        with self._count:
            self._waiting += 1
        try:
            self._turn.acquire()
        finally:
            with self._count:
                self._waiting -= 1
        try:
            yield
        finally:
            self._turn.release()

    def take(self) -> Opening[Opened] | None:
        """What the thread before left open. Only within a turn."""
        passed, self._passed = self._passed, None
        return passed

    @contextmanager
    def lingering(self) -> Iterator[None]:
        """Inside the block, a thread leaves a file that is slow to open as it is for its own next turn too.

        A timer closes it in time.
        """
        with self._count:
            self._lingering += 1
        try:
            yield
        finally:
            with self._count:
                self._lingering -= 1
            with self.turn():
                if not self._lingering:
                    self.close()

    def give(self, opening: Opening[Opened], *, is_sound: bool) -> None:
        """Leave it open for a thread that waits or comes again, or close it. Only within a turn."""
        left = opening.hold - (self.clock() - opening.since)
        lingers = self._lingering > 0 and opening.cpu >= SLOW_SECONDS
        if not (is_sound and opening.can_pass and left > 0 and (self._waiting or lingers)):
            opening.closing.close()
            return
        self._passed = opening
        if lingers and not opening.is_timed:
            opening.is_timed = True
            timer = threading.Timer(left, self._close_late, [opening])
            timer.daemon = True
            timer.start()

    def _close_late(self, opening: Opening[Opened]) -> None:
        with self.turn():
            if self._passed is opening:
                self.close()

    def close(self) -> None:
        """Close what was left open. Only within a turn."""
        if passed := self.take():
            passed.closing.close()
