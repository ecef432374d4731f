"""An account's wall clock and business hours, minute by second, in Python's own time zones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class AccountClock:
    """What an account counts with. ``hours`` are ranges as (opens, closes) in minutes of the day, by weekday.

    ``first_day`` and ``last_day`` are those of the calendar: what is older counts on its first day. ``waiting`` are the
    extended statuses in which a ticket waits for somebody outside.
    """

    now: datetime
    zone: ZoneInfo
    hours: dict[int, tuple[tuple[int, int], ...]]
    holidays: frozenset[date]
    week_start: int
    first_day: date = date(2026, 1, 1)
    last_day: date = date(2027, 12, 31)
    waiting: frozenset[str] = frozenset()

    @property
    def today(self) -> date:
        return self.day(self.now)

    def day(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def date_of(self, moment: datetime) -> date:
        """The day of a vendor's date: midnight UTC is that day in every zone."""
        utc = moment.astimezone(UTC)
        return utc.date() if utc.time() == time(0) else self.day(moment)

    def week(self, day: date) -> date:
        return day - timedelta(days=(day.isoweekday() - self.week_start) % 7)

    def at(self, day: date, minute: int = 0) -> datetime:
        """The instant of a minute of a day on the wall clock."""
        local = datetime.combine(day, time(0)) + timedelta(minutes=minute)
        return local.replace(tzinfo=self.zone).astimezone(UTC)

    def open_spans(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """Business hours within a day; those that opened the evening before end in it."""
        for opened, offset in ((day, 0), (day - timedelta(days=1), 1)):
            if opened in self.holidays:
                continue
            for opens, closes in self.hours.get(opened.isoweekday(), ()):
                if closes > opens and not offset:
                    yield self.at(day, opens), self.at(day, closes)
                elif closes <= opens:
                    yield (
                        (self.at(day), self.at(day, closes))
                        if offset
                        else (self.at(day, opens), self.at(day, 1440))
                    )

    def business_seconds_of_day(self, day: date) -> float:
        return sum((closes - opens).total_seconds() for opens, closes in self.open_spans(day))

    def business_minutes(self, since: datetime, until: datetime) -> int:
        length, day = timedelta(0), self.day(since)
        while day <= self.day(until):
            for opens, closes in self.open_spans(day):
                length += max(timedelta(0), min(closes, until) - max(opens, since))
            day += timedelta(days=1)
        return length // timedelta(minutes=1)


def minutes(since: datetime | None, until: datetime | None) -> int | None:
    """Whole minutes; none if the second is before the first."""
    if since is None or until is None or until < since:
        return None
    return (until - since) // timedelta(minutes=1)


def is_span(since: datetime | None, until: datetime | None) -> bool:
    """A length that can be right: it ends, not before it starts, and within a week."""
    return since is not None and until is not None and since <= until <= since + WEEK


def readable(moment: datetime | None) -> datetime | None:
    """A time within the years that a book holds."""
    return (
        moment
        if moment and datetime(1900, 1, 1, tzinfo=UTC) <= moment < datetime(2200, 1, 1, tzinfo=UTC)
        else None
    )


def day_within_years(day: date | None) -> date | None:
    """A day within the years that a book holds."""
    return day if day and 1900 <= day.year < 2200 else None


def live(rows: list[Any]) -> list[Any]:
    """Rows that the vendor has; ServiceSidekick marks those that it deleted with a time of its own."""
    return [row for row in rows if not row.get("_deleted_at") and not row.get("deleted_at")]
