"""What a reader of the page can choose: accounts, teams and days."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

import streamlit as st

Days = tuple[date | None, date | None]

PERIODS: Mapping[str, Callable[[date], Days]] = {
    "Last full week": lambda today: (_monday(today) - timedelta(days=7), _monday(today) - timedelta(days=1)),
    "Last 4 weeks": lambda today: (_monday(today) - timedelta(weeks=4), today),
    "Last 13 weeks": lambda today: (_monday(today) - timedelta(weeks=13), today),
    "Last 12 months": lambda today: (_year_before(today), today),
    "Next 7 days": lambda today: (today, today + timedelta(days=6)),
    "Next 4 weeks": lambda today: (today, today + timedelta(days=27)),
    "All time": lambda today: (None, None),
}
OTHER = "Other days"
"""The period whose days the reader gives."""


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _year_before(day: date) -> date:
    """The first day of the month after the one a year ago: twelve months with this one."""
    months = day.year * 12 + day.month - 1 - 11
    return date(months // 12, months % 12 + 1, 1)


def chosen_accounts(accounts: Sequence[str]) -> tuple[str, ...]:
    """The accounts to show; none stands for all."""
    return tuple(
        st.multiselect(
            "Accounts",
            accounts,
            placeholder="All accounts",
            help="An account's schema in the warehouse: the vendor, and the name of a second account.",
            key="accounts",
            bind="query-params",
        )
    )


def chosen_teams(label: str, teams: Sequence[str], tab: str) -> tuple[str, ...]:
    """The teams to show; none stands for all."""
    return tuple(
        st.multiselect(label, teams, placeholder="All", key=f"{tab}-teams".lower(), bind="query-params")
    )


def chosen_days(periods: Sequence[str], today: date, tab: str) -> Days:
    """The first and the last day of the period, both within it; None where it is open."""
    period = st.selectbox(
        "Period",
        periods,
        key=f"{tab}-period".lower(),
        help=f"Counted from {said(today)}, the day of the marts' build.",
        bind="query-params",
    )
    if period != OTHER:
        return PERIODS[period or periods[0]](today)
    given = st.date_input(
        "From and to", (today - timedelta(days=90), today), key=f"{tab}-days".lower(), format="YYYY-MM-DD"
    )
    days = given if isinstance(given, tuple) else (given,)
    return (days[0] if days else None, days[1] if len(days) > 1 else None)


def chosen_age(hours: float) -> float:
    """The age in hours from which a table is late."""
    return float(
        st.number_input(
            "Late after (hours)",
            min_value=0.0,
            value=hours,
            step=1.0,
            format="%g",
            key="late-after",
            width=220,
            help="Tables that were read to their end longer ago than this count as late.",
        )
    )


def said(day: date) -> str:
    """A day as people write it: `2 Nov 2026`."""
    return f"{day.day} {day:%b %Y}"
