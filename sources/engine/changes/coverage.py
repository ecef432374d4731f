"""Coverage: the days that reads by windows of dates cover."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from .table_state import Days, TableState

DAY = timedelta(days=1)
END_OF_DAYS = datetime(2199, 12, 31, tzinfo=UTC)
DEFAULT_REACH = timedelta(days=731)


def midnight(moment: datetime) -> datetime:
    """The midnight with which its day begins."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def merged(windows: Iterable[Days]) -> list[Days]:
    """Windows of days, first and last inclusive, in order; those that overlap or touch are one."""
    merged_days: list[Days] = []
    for first, last in sorted(windows):
        if merged_days and first <= merged_days[-1][1] + DAY:
            merged_days[-1] = (merged_days[-1][0], max(merged_days[-1][1], last))
        else:
            merged_days.append((first, last))
    return merged_days


class Coverage:
    """The days that windowed reads of one table cover.

    Args:
        start_date: the setting; None if it is not set.
        now: the vendor's clock.
    """

    def __init__(self, state: TableState, start_date: datetime | None, now: datetime) -> None:
        self._state, self._start_date, self._now = state, start_date, now

    @property
    def backfilled(self) -> tuple[Days, ...]:
        """The days before the first window that backfills have read: from then on, every scan covers them too."""
        return self._state.backfilled

    def first_day(self) -> datetime:
        """The first day that windows cover: that of the setting or its default, or an earlier one that was covered
        before, so that rows do not drop out."""
        stored = self._state.window_start
        chosen = self._start_date or midnight(self._now - DEFAULT_REACH)
        return min(stored, chosen) if stored else chosen

    @property
    def reaches_further_back(self) -> bool:
        """True if ``start_date``, or its default once it is removed, lies before the days that were read so far."""
        stored = self._state.window_start
        return stored is not None and self.first_day() < stored

    def windows(self, ahead: timedelta) -> list[Days]:
        """The windows of a scan: those of backfills, up to ``ahead`` after today, and everything after that."""
        first = self.first_day()
        edge = max(midnight(self._now) + ahead, first)
        earlier = [(start, min(end, first - DAY)) for start, end in self.backfilled if start < first]
        return [*earlier, (first, edge), (edge + DAY, END_OF_DAYS)]

    def covers(self, day: str, margin: timedelta = timedelta(0)) -> bool:
        """True if windows cover a day, ``2026-11-02``, and the days around it up to ``margin``."""
        ends = [(start + margin, end - margin) for start, end in self.backfilled]
        earlier = any(f"{start:%Y-%m-%d}" <= day <= f"{end:%Y-%m-%d}" for start, end in ends)
        return earlier or day >= f"{self.first_day() + margin:%Y-%m-%d}"

    def with_backfill(self, first: datetime, last: datetime) -> tuple[Days, ...]:
        """The backfilled days, the days from ``first`` to ``last`` added where they lie before the first window."""
        before = self.first_day() - DAY
        if first > before:
            return self.backfilled
        return tuple(merged([(midnight(first), midnight(min(last, before))), *self.backfilled]))
