"""Filters: what a reader of the page can choose, as the parameters of its address."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from .figures import Tab
from .query import Choice

Days = tuple[date | None, date | None]

PERIODS: Mapping[str, Callable[[date, date], Days]] = {
    "Last full week": lambda today, week: (week - timedelta(days=7), week - timedelta(days=1)),
    "Last 4 weeks": lambda today, week: (week - timedelta(weeks=4), today),
    "Last 13 weeks": lambda today, week: (week - timedelta(weeks=13), today),
    "Last 12 months": lambda today, week: (_year_before(today), today),
    "Next 7 days": lambda today, week: (today, today + timedelta(days=6)),
    "Next 4 weeks": lambda today, week: (today, today + timedelta(days=27)),
    "All time": lambda today, week: (None, None),
}
"""Name -> the first and the last day, by today and the first day of its week."""
OTHER = "Other days"
"""The period whose days the reader gives as ``from`` and ``to``."""


@dataclass(frozen=True)
class Parameters:
    """The parameters of a page's address, checked: what is not understood counts as not given."""

    accounts: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    period: str = ""
    first_day: date | None = None
    last_day: date | None = None

    @classmethod
    def read(cls, pairs: Sequence[tuple[str, str]], accounts: Sequence[str], tab: Tab) -> Parameters:
        """The parameters of an address.

        Args:
            pairs: names and values of the query string, in order.
            accounts: the schemas that exist; others are left out.
        """
        values: dict[str, list[str]] = {}
        for name, value in pairs:
            values.setdefault(name, []).append(value)
        period = next(iter(values.get("period", [])), "")
        return cls(
            tuple(account for account in values.get("account", []) if account in accounts),
            tuple(values.get("team", [])),
            period if period in tab.periods else next(iter(tab.periods), ""),
            _day(values.get("from")),
            _day(values.get("to")),
        )

    def days(self, today: date, week: date | None = None) -> Days:
        """The first and the last day of the period; None where it is open.

        Args:
            week: the first day of this week; its Monday by default.
        """
        if self.period == OTHER:
            return self.first_day or today - timedelta(days=90), self.last_day or today
        return PERIODS[self.period](today, week or _monday(today)) if self.period else (None, None)

    def choice(self, accounts: Sequence[str], today: date | None, week: date | None = None) -> Choice:
        """The same for the queries."""
        first, last = self.days(today, week) if today else (None, None)
        return Choice(tuple(accounts), self.accounts, self.teams, first, last)


def period_before(choice: Choice) -> Choice | None:
    """The period of the same length that ends where this one begins; None if this one is open."""
    if choice.first_day is None or choice.last_day is None:
        return None
    length = choice.last_day - choice.first_day + timedelta(days=1)
    return replace(choice, first_day=choice.first_day - length, last_day=choice.first_day - timedelta(days=1))


def _day(values: Sequence[str] | None) -> date | None:
    try:
        return date.fromisoformat(values[0]) if values else None
    except ValueError:
        return None


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _year_before(day: date) -> date:
    """The first day of the month after the one a year ago: twelve months with this one."""
    months = day.year * 12 + day.month - 1 - 11
    return date(months // 12, months % 12 + 1, 1)
