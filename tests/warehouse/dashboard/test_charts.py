"""Charts: the colours, and the geometry of bars, lines and rankings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import combinations
from typing import Any

import pytest

from fieldhouse.warehouse.dashboard.charts import COLOURS, drawing, ranking
from fieldhouse.warehouse.dashboard.figures import grouped, over_time, ranked, stacked
from fieldhouse.warehouse.dashboard.reader import Answer

MONDAY = date(2026, 10, 5)


def weeks(*values: Any, column: str = "median_days", rows: Sequence[int] = ()) -> Answer:
    """One row per week with a value; ``None`` leaves the week out."""
    counts = rows or [99] * len(values)
    results = [
        (MONDAY + timedelta(weeks=place), value, count)
        for place, (value, count) in enumerate(zip(values, counts, strict=True))
        if value is not None
    ]
    return Answer(("week", column, "n"), tuple(results))


def test_a_few_points_are_bars_and_many_are_a_line() -> None:
    chart = over_time("week", "days", median_days="days")
    few = drawing(weeks(1, 2, 3), chart, None)
    assert (len(few.bars), few.lines) == (3, ())
    many = drawing(weeks(*range(1, 13)), chart, None)
    assert [len(run.split()) for line in many.lines for run in line.runs] == [12]
    assert {bar.series for bar in many.bars} == {-1}


def test_a_week_without_rows_keeps_its_place_and_breaks_the_line() -> None:
    chart = over_time("week", "days", median_days="days")
    made = drawing(weeks(*range(1, 8), None, *range(8, 14)), chart, None)
    assert [len(run.split()) for run in made.lines[0].runs] == [7, 6]
    assert len(made.bars) == 14


def test_a_median_of_fewer_than_five_rows_is_not_drawn() -> None:
    chart = over_time("week", "days", counted_by="n", median_days="days")
    made = drawing(weeks(3, 385, 4, rows=[5, 2, 40]), chart, None)
    assert (len(made.bars), made.left_out) == (2, 1)
    assert "(40 rows)" in made.bars[1].title
    assert drawing(weeks(385, rows=[2]), chart, None).is_empty


@pytest.mark.parametrize("kind", [grouped, over_time])
def test_values_below_zero_have_their_place_under_the_zero_line(kind: Any) -> None:
    """More credits than sales in a month: nothing was drawn there, and the tip had no place either."""
    values = (300.0, -60.0) if kind is grouped else (300.0, -60.0) * 6
    made = drawing(weeks(*values, column="invoiced"), kind("week", "amount", invoiced="invoiced"), None)
    zero = next(label.at for label in made.y_labels if label.text in ("0", "0.00"))
    assert [label.at for label in made.y_labels] == sorted(label.at for label in made.y_labels)
    assert 0 < zero < 100
    if kind is grouped:
        up, down = made.bars
        assert up.y + up.height == pytest.approx(100 - zero)
        assert down.y == pytest.approx(100 - zero)
        assert down.height == pytest.approx(up.height / 5)
    else:
        heights = {
            float(point.partition(",")[2])
            for line in made.lines
            for run in line.runs
            for point in run.split()
        }
        assert max(heights) > 100 - zero > min(heights) >= 0
    assert drawing(
        weeks(-5, -9, column="invoiced"), grouped("week", "amount", invoiced="invoiced"), None
    ).bars


def test_bars_are_as_high_as_their_values() -> None:
    answer = Answer(("week", "opened", "closed"), ((MONDAY, 8, 4), (MONDAY + timedelta(weeks=1), 2, 0)))
    side_by_side = drawing(answer, grouped("week", "tickets", opened="opened", closed="closed"), None)
    assert [round(bar.height) for bar in side_by_side.bars] == [100, 50, 25]
    upon_each_other = drawing(answer, stacked("week", "tickets", opened="opened", closed="closed"), None)
    first, second, third = upon_each_other.bars
    assert first.y + first.height == pytest.approx(100)
    assert second.y + second.height == pytest.approx(first.y)
    assert first.height == pytest.approx(2 * second.height) == pytest.approx(4 * third.height)
    assert max(float(label.text) for label in upon_each_other.y_labels) >= 12


def test_counts_have_no_ticks_between_whole_numbers() -> None:
    made = drawing(weeks(1, column="opened"), grouped("week", "tickets", opened="opened"), None)
    assert [label.text for label in made.y_labels] == ["0", "1", "2", "3", "4"]


def test_today_is_marked_within_the_days_only() -> None:
    answer = weeks(1, 2, 3, 4)
    chart = over_time("week", "days", median_days="days")
    inside = drawing(answer, chart, MONDAY + timedelta(weeks=2)).today
    assert inside is not None
    assert 0 < inside < 100
    assert drawing(answer, chart, MONDAY + timedelta(weeks=9)).today is None


def test_a_ranking_keeps_the_order_and_the_shares() -> None:
    answer = Answer(("team", "in_time", "overdue"), (("Apps", 3, 1), ("Desk", 0, 2)))
    made = ranking(answer, ranked("team", "tickets", in_time="in time", overdue="overdue"))
    assert [(bar.name, bar.total) for bar in made.bars] == [("Apps", "4"), ("Desk", "2")]
    assert [share for _, share, _ in made.bars[0].parts] == [75, 25]
    assert made.bars[1].parts == ((1, 50, "overdue: 2"),)


def luminance(channels: Sequence[float]) -> float:
    return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]


def linear(colour: str) -> list[float]:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(linear(one)), luminance(linear(other))))
    return (high + 0.05) / (low + 0.05)


BLINDNESS = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.01182, 0.04294, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.3039),
    ),
}
"""Machado, Oliveira and Fernandes (2009), complete."""


def oklab(colour: str, seen_by: Sequence[Sequence[float]]) -> tuple[float, ...]:
    raw = linear(colour)
    red, green, blue = (
        min(1.0, max(0.0, sum(a * b for a, b in zip(row, raw, strict=True)))) for row in seen_by
    )
    cones = [
        (a * red + b * green + c * blue) ** (1 / 3)
        for a, b, c in ((0.41222, 0.53633, 0.05145), (0.2119, 0.6807, 0.1074), (0.0883, 0.28172, 0.62998))
    ]
    rows = ((0.21045, 0.79362, -0.00407), (1.978, -2.42859, 0.45059), (0.0259, 0.78277, -0.80868))
    return tuple(sum(a * b for a, b in zip(row, cones, strict=True)) for row in rows)


def test_colours_hold_on_both_pages_and_for_every_eye() -> None:
    for colour in COLOURS:
        assert contrast(colour, "#ffffff") >= 3
        assert contrast(colour, "#0e1117") >= 3
    for seen_by in BLINDNESS.values():
        for one, other in combinations(COLOURS[:3], 2):
            pairs = zip(oklab(one, seen_by), oklab(other, seen_by), strict=True)
            assert sum((a - b) ** 2 for a, b in pairs) ** 0.5 > 0.04, (one, other)
