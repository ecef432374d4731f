"""Charts as geometry: bars and lines on a plane of 100 × 100, which the template draws as SVG with text beside it.

The plane is stretched to the width of the page while its labels stay text, so that a phone shows them at full
size; each mark has its values as a title.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, floor, log10
from typing import Any

from .figures import FEWEST, Chart
from .reader import Answer
from .wording import cell, day

COLOURS = ("#2E7EC4", "#D97A0E", "#3E9B4F", "#CC6FA8")
"""In this order; each has a contrast of 3 to 1 against the light and the dark page, and the first three stay apart for
every kind of colour-blindness. Series of lines differ in their dashes as well."""
FEW = 8
"""Up to so many points, bars are drawn: a line through three points shows a trend that is none."""
_STEPS = {"day": timedelta(days=1), "week": timedelta(days=7)}
_LABELS = 6
_LEAST = 7


@dataclass(frozen=True)
class Mark:
    """A bar: its place on the plane, its series' number, and its values in words."""

    x: float
    y: float
    width: float
    height: float
    series: int
    title: str


@dataclass(frozen=True)
class Line:
    """A line per series: its points as SVG writes them, each unbroken run of points by itself."""

    series: int
    runs: tuple[str, ...]


@dataclass(frozen=True)
class Label:
    """A text beside an axis, at a share of its length (0 to 100)."""

    at: float
    text: str


@dataclass(frozen=True)
class Drawing:
    """A chart over time. ``left_out`` counts the points whose medians are of too few rows."""

    series: tuple[str, ...]
    unit: str
    bars: tuple[Mark, ...]
    lines: tuple[Line, ...]
    x_labels: tuple[Label, ...]
    y_labels: tuple[Label, ...]
    today: float | None
    left_out: int

    @property
    def is_empty(self) -> bool:
        """True if no point has enough rows to be drawn."""
        return not self.y_labels


@dataclass(frozen=True)
class _Axis:
    """The values from the bottom of the plane to its top, with labels a ``step`` apart; zero is one of them."""

    low: float
    top: float
    step: float

    def at(self, value: float) -> float:
        """The height of a value, as a share of the plane (0 to 100)."""
        return 100 * (value - self.low) / (self.top - self.low)

    def labels(self) -> tuple[Label, ...]:
        steps = range(round(self.low / self.step), round(self.top / self.step) + 1)
        return tuple(Label(self.at(step * self.step), cell(step * self.step)) for step in steps)


@dataclass(frozen=True)
class RankedBar:
    """One row of a ranking: a part per series, each a share (0 to 100) of the longest bar."""

    name: str
    parts: tuple[tuple[int, float, str], ...]
    total: str


@dataclass(frozen=True)
class Ranking:
    """Horizontal bars in the order of the rows."""

    series: tuple[str, ...]
    unit: str
    bars: tuple[RankedBar, ...]
    filter: str = ""


def ranking(answer: Answer, chart: Chart) -> Ranking:
    """The rows as horizontal bars."""
    rows = [
        (str(row[chart.x]), [float(row[column] or 0) for column in chart.series]) for row in answer.records()
    ]
    longest = max((sum(values) for _, values in rows), default=0) or 1
    bars = tuple(
        RankedBar(
            name,
            tuple(
                (place, 100 * value / longest, f"{label}: {cell(value, _format(chart))}")
                for place, (label, value) in enumerate(zip(chart.series.values(), values, strict=True))
                if value
            ),
            cell(sum(values), _format(chart)),
        )
        for name, values in rows
    )
    return Ranking(tuple(chart.series.values()), chart.unit, bars, chart.filter)


def drawing(answer: Answer, chart: Chart, today: date | None) -> Drawing:
    """The rows over time: bars, or lines if there are more than a few points."""
    places = _places(answer.column(chart.x), chart.x)
    rows = {row[chart.x]: row for row in answer.records()}
    thin = {
        place for place, row in rows.items() if chart.counted_by and (row[chart.counted_by] or 0) < FEWEST
    }
    values = [
        [
            None if place not in rows or place in thin else _number(rows[place][column])
            for column in chart.series
        ]
        for place in places
    ]
    is_stacked = chart.kind == "stacked"
    heights = [
        sum(v or 0 for v in row) if is_stacked else max((v or 0 for v in row), default=0) for row in values
    ]
    lowest = 0 if is_stacked else min((v or 0 for row in values for v in row), default=0)
    axis = _axis(lowest, max(heights, default=0), chart.is_money or chart.unit in {"hours", "days"})
    titles = [_title(place, row, chart, rows.get(place)) for place, row in zip(places, values, strict=True)]
    shown = sum(any(value is not None for value in row) for row in values)
    as_lines = chart.kind == "lines" and shown > FEW
    return Drawing(
        tuple(chart.series.values()),
        chart.unit,
        _hit_areas(titles) if as_lines else _bars(values, titles, axis, is_stacked),
        _lines(values, axis) if as_lines else (),
        _x_labels(places, chart.x),
        axis.labels() if axis else (),
        _today(places, today),
        len(thin),
    )


def _format(chart: Chart) -> str:
    """The column by whose wording a chart's values are written."""
    return "amount" if chart.is_money else ""


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _places(dates: Sequence[date], x: str) -> list[date]:
    """Every day or week from the first to the last, so that one without rows keeps its place; months as they are."""
    ordered = sorted(set(dates))
    step = _STEPS.get(x)
    if not ordered or step is None:
        return ordered
    return [ordered[0] + step * place for place in range((ordered[-1] - ordered[0]) // step + 1)]


def _round_up(value: float, has_parts: bool) -> float:
    """The top of the axis: the next of 1, 2, 4, 5, 8 or 10 times a power of ten; at least 4 for counts."""
    if value <= 0:
        return 0
    power = 10.0 ** floor(log10(value))
    top = next(step * power for step in (1, 2, 4, 5, 8, 10) if step * power >= value * 0.999)
    return top if has_parts else max(4.0, ceil(top / 4) * 4)


def _axis(lowest: float, highest: float, has_parts: bool) -> _Axis | None:
    """An axis with zero and all values, as a month may have more credits than sales; None if all are 0."""
    most = _round_up(max(highest, -lowest), has_parts)
    if not most:
        return None
    step = most / 4
    if lowest >= 0:
        return _Axis(0, most, step)
    return _Axis(-step * ceil(max(0.0, -lowest) / step), step * ceil(max(0.0, highest) / step), step)


def _slot(places: Sequence[Any]) -> float:
    """The width of one place on the plane; a few places leave room to their right, so that no bar is a wall."""
    return 100 / max(len(places), _LEAST)


def _title(place: date, values: Sequence[float | None], chart: Chart, row: dict[str, Any] | None) -> str:
    parts = [
        f"{label} {cell(value, _format(chart))}"
        for label, value in zip(chart.series.values(), values, strict=True)
    ]
    rows = f" ({row[chart.counted_by]} rows)" if row and chart.counted_by else ""
    return f"{_name(place, chart.x)}: {', '.join(parts)}{rows}"


def _name(place: date, x: str) -> str:
    return f"{place:%B %Y}" if x == "month" else f"week of {day(place)}" if x == "week" else day(place)


def _bars(
    values: Sequence[Sequence[float | None]], titles: Sequence[str], axis: _Axis | None, is_stacked: bool
) -> tuple[Mark, ...]:
    marks = []
    slot = _slot(values)
    for place, row in enumerate(values):
        base = 0.0
        width = slot * 0.8 / (1 if is_stacked else max(len(row), 1))
        for series, value in enumerate(row):
            if not value or not axis:
                continue
            low, high = sorted((axis.at(base), axis.at(base + value)))
            left = place * slot + slot * 0.1 + (0 if is_stacked else series * width)
            marks.append(Mark(left, 100 - high, width, high - low, series, titles[place]))
            base += value if is_stacked else 0
    return tuple(marks)


def _hit_areas(titles: Sequence[str]) -> tuple[Mark, ...]:
    """Invisible bars over the whole height, which show a line's values."""
    slot = _slot(titles)
    return tuple(Mark(place * slot, 0, slot, 100, -1, title) for place, title in enumerate(titles))


def _lines(values: Sequence[Sequence[float | None]], axis: _Axis | None) -> tuple[Line, ...]:
    slot = _slot(values)
    lines = []
    for series in range(len(values[0]) if values else 0):
        runs: list[list[str]] = [[]]
        for place, row in enumerate(values):
            if (value := row[series]) is None or not axis:
                runs.append([])
                continue
            runs[-1].append(f"{place * slot + slot / 2:.2f},{100 - axis.at(value):.2f}")
        lines.append(Line(series, tuple(" ".join(run if len(run) > 1 else run * 2) for run in runs if run)))
    return tuple(lines)


def _x_labels(places: Sequence[date], x: str) -> tuple[Label, ...]:
    slot = _slot(places)
    every = max(1, ceil(len(places) / _LABELS))
    form = "%b %Y" if x == "month" else "%-d %b"
    return tuple(
        Label(place * slot + slot / 2, f"{when:{form}}")
        for place, when in enumerate(places)
        if place % every == 0
    )


def _today(places: Sequence[date], today: date | None) -> float | None:
    """Where today lies among the days or weeks; None if it is not strictly within them."""
    if today is None or len(places) < 2 or not places[0] < today < places[-1]:
        return None
    days = (today - places[0]).days / (places[1] - places[0]).days
    return _slot(places) * (days + 0.5)
