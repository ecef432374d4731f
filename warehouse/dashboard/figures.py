"""Figures of the dashboard as values: what each asks, what it is called, and how its rows are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

FEWEST = 5
"""A median of fewer rows than this is not meaningful, and is not shown."""
Better = Literal["more", "less", ""]


@dataclass(frozen=True)
class Number:
    """One number of a row of totals.

    Attributes:
        column: of the query's only row.
        format: Python's, as ``{:,.1f} h``.
        better: whether more or less of it is good; empty if neither. Decides the wording of a comparison.
        compared: shown against the period before.
        counted_by: the column with the number of rows behind a median; below `FEWEST` the median is not shown.
    """

    column: str
    label: str
    format: str = "{:,}"
    help: str = ""
    better: Better = ""
    compared: bool = False
    counted_by: str = ""


@dataclass(frozen=True)
class Chart:
    """How the rows of a query are drawn.

    Attributes:
        kind: ``lines`` and ``grouped`` or ``stacked`` bars over time; ``ranked`` bars in the order of the rows.
        x: the column of days, weeks or months, or of names.
        series: column -> its name on the page.
        counted_by: the column with the number of rows behind each median; below `FEWEST` no point is drawn.
        filter: the query parameter that a ranked bar's name is a value of, for a link to its records.
        is_money: the values are amounts; ``unit`` is then their currency.
    """

    kind: Literal["lines", "grouped", "stacked", "ranked"]
    x: str
    unit: str
    series: Mapping[str, str] = field(default_factory=dict)
    counted_by: str = ""
    filter: str = ""
    is_money: bool = False


@dataclass(frozen=True)
class Figure:
    """A query with its way to be shown: as numbers, as a chart, or as a table.

    ``note`` names unit, time zone and what is left out; ``empty`` explains an empty result and the next step. Two
    figures that are ``is_half`` share a row if there is room.
    """

    query: str
    title: str = ""
    note: str = ""
    empty: str = "Nothing in this period."
    numbers: Sequence[Number] = ()
    chart: Chart | None = None
    is_half: bool = False


@dataclass(frozen=True)
class Tab:
    """A tab: its figures, the vendors whose data it shows, and what can be chosen.

    ``periods`` are names of `filters.PERIODS`, the default first; ``teams`` is the query that lists them and
    what they are called.
    """

    name: str
    figures: Sequence[Figure]
    vendors: Sequence[str] = ()
    periods: Sequence[str] = ()
    teams: tuple[str, str] | None = None

    @property
    def path(self) -> str:
        """The address of the tab."""
        return f"/{self.name.lower()}"


def over_time(x: str, unit: str, *, counted_by: str = "", **series: str) -> Chart:
    """A line per series; bars if there are few points."""
    return Chart("lines", x, unit, series, counted_by)


def stacked(x: str, unit: str, **series: str) -> Chart:
    """Bars over time, the series upon each other."""
    return Chart("stacked", x, unit, series)


def grouped(x: str, unit: str, *, is_money: bool = False, **series: str) -> Chart:
    """Bars over time, the series side by side."""
    return Chart("grouped", x, unit, series, is_money=is_money)


def ranked(y: str, unit: str, *, filter: str = "", is_money: bool = False, **series: str) -> Chart:
    """Horizontal bars in the order of the rows."""
    return Chart("ranked", y, unit, series, filter=filter, is_money=is_money)
