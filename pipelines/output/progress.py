"""Live progress: a moving table on a terminal, a line now and then elsewhere. Always on standard error."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from fieldhouse.pipelines.sync.accounts import Watch
from fieldhouse.sources.engine.changes.outcome import Outcome

from .console import clean, copy_line, duration, is_terminal, logs_are_json, quantity, show_line

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

EVERY = 10.0
"""Seconds between two lines where there is no terminal."""
MOST_LINES = 12


class Sight:
    """What is known of the accounts, and since when each table is read. ``clock`` counts seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self.accounts: dict[str, Sequence[Outcome]] = {}
        self._began: dict[tuple[str, str], float] = {}
        self.started = clock()

    def update(self, account: str, outcomes: Sequence[Outcome]) -> None:
        with self._lock:
            self.accounts[account] = outcomes
            for outcome in outcomes:
                if outcome.progress.phase == "reading":
                    self._began.setdefault((account, outcome.table), self._clock())

    def seen(self) -> list[tuple[str, Sequence[Outcome]]]:
        with self._lock:
            return list(self.accounts.items())

    def seconds(self) -> float:
        return self._clock() - self.started

    def rate(self, account: str, outcome: Outcome) -> float:
        """Requests per second of a table since it began."""
        began = self._began.get((account, outcome.table), self._clock())
        return outcome.requests / max(0.5, self._clock() - began)

    def left(self, account: str, outcome: Outcome) -> float | None:
        """Seconds until a table is read, where what is left to do is known."""
        began = self._began.get((account, outcome.table))
        if began is None:
            return None
        spent = self._clock() - began
        if outcome.progress.details_pending and outcome.requests:
            return outcome.progress.details_pending * spent / outcome.requests
        if outcome.progress.total_rows and 0 < outcome.rows_read <= outcome.progress.total_rows:
            return (outcome.progress.total_rows - outcome.rows_read) * spent / outcome.rows_read
        return None


class Lines:
    """Progress as plain lines: what is done, every ``EVERY`` seconds; with ``verbose``, each table when it ends."""

    def __init__(
        self,
        *,
        verbose: bool = False,
        clock: Callable[[], float] = time.monotonic,
        say: Callable[[str], None] = show_line,
    ) -> None:
        self._sight, self._say, self._verbose = Sight(clock), say, verbose
        self._next, self._reported = EVERY, set[tuple[str, str]]()
        self.update = self._sight.update

    def draw(self) -> None:
        for account, outcomes in self._sight.seen():
            for outcome in outcomes if self._verbose else ():
                self._ended(account, outcome)
        if self._sight.seconds() >= self._next:
            self._next += EVERY
            for account, outcomes in self._sight.seen():
                self._heartbeat(account, outcomes)

    def _ended(self, account: str, outcome: Outcome) -> None:
        name = (account, outcome.table)
        if outcome.progress.phase == "done" and name not in self._reported:
            self._reported.add(name)
            self._say(
                f"{account}.{outcome.table}: {outcome.status}, {quantity(outcome.rows_read, 'row')} read,"
                f" {quantity(outcome.requests, 'request')}, {duration(outcome.seconds)}"
            )

    def _heartbeat(self, account: str, outcomes: Sequence[Outcome]) -> None:
        done = sum(outcome.progress.phase == "done" for outcome in outcomes)
        if done == len(outcomes):
            return
        parts = [self._now(account, outcome) for outcome in outcomes if outcome.progress.phase == "reading"]
        self._say("; ".join([f"{account}: {done} of {len(outcomes)} tables read", *parts]))

    def _now(self, account: str, outcome: Outcome) -> str:
        left = self._sight.left(account, outcome)
        rest = f", {duration(left)} left" if left is not None else ""
        rate = self._sight.rate(account, outcome)
        return (
            f"{outcome.table} {outcome.rows_read:,} rows, {outcome.requests:,} requests, {rate:.0f}/s{rest}"
        )


class Moving:
    """Progress as a table that is drawn over and over, and gone when the work is done."""

    def __init__(self, live: Live) -> None:
        self._live, self._sight = live, Sight()
        self.update = self._sight.update

    def draw(self) -> None:
        self._live.update(self._table(), refresh=True)

    def _table(self) -> Table:
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False)
        for name in ("table", "rows", "of", "requests", "per s", "left"):
            table.add_column(name, justify="left" if name == "table" else "right", style="dim")
        for account, outcomes in self._sight.seen():
            done = [outcome for outcome in outcomes if outcome.progress.phase == "done"]
            busy = [outcome for outcome in outcomes if outcome.progress.phase == "reading"]
            rows, requests = sum(o.rows_read for o in outcomes), sum(o.requests for o in outcomes)
            rate = requests / max(0.5, self._sight.seconds())
            state = f"{account}: {len(done)} of {len(outcomes)} tables"
            cells = (state, f"{rows:,}", "", f"{requests:,}", f"{rate:.0f}", duration(self._sight.seconds()))
            table.add_row(*(Text(clean(cell), style="bold not dim") for cell in cells))
            for outcome in busy[:MOST_LINES]:
                table.add_row(*(Text(clean(cell)) for cell in self._cells(account, outcome)))
        return table

    def _cells(self, account: str, outcome: Outcome) -> tuple[str, ...]:
        left = self._sight.left(account, outcome)
        return (
            f"  {outcome.table}",
            f"{outcome.rows_read:,}",
            f"{outcome.progress.total_rows:,}" if outcome.progress.total_rows else "",
            f"{outcome.requests:,}",
            f"{self._sight.rate(account, outcome):.0f}",
            duration(left) if left is not None else "",
        )


class Watches:
    """Several watches of the same accounts."""

    def __init__(self, *watches: Watch) -> None:
        self._watches = watches

    def update(self, account: str, outcomes: Sequence[Outcome]) -> None:
        for watch in self._watches:
            watch.update(account, outcomes)

    def draw(self) -> None:
        for watch in self._watches:
            watch.draw()


@contextmanager
def watching(*, verbose: bool = False, logged: bool = False) -> Iterator[Watch]:
    """The watch that fits standard error; ``logged``: with the end of each table in the log file."""
    log = [Lines(verbose=True, say=copy_line)] if logged else []
    if not is_terminal(sys.stderr) or verbose or logs_are_json():
        yield Watches(Lines(verbose=verbose), *log)
        return
    from rich.console import Console
    from rich.live import Live

    with Live(console=Console(stderr=True), transient=True, auto_refresh=False) as live:
        yield Watches(Moving(live), *log)
