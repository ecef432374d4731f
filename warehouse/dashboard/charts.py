"""Charts as Altair values: plain lines and bars, with colours and dashes that hold without the other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from .reader import Answer

COLOURS = ("#2E7EC4", "#D97A0E", "#3E9B4F", "#CC6FA8")
"""In this order; each has a contrast of 3 to 1 against the light and the dark page, and the first three stay apart for
every kind of colour-blindness. Series of lines differ in their dashes as well."""
_DASHES = ([1, 0], [7, 3], [2, 2], [9, 3, 2, 3])
_HEIGHT = 260
_BAR_HEIGHT = 24


def lines(
    answer: Answer, x: str, series: Mapping[str, str], unit: str, today: date | None = None
) -> dict[str, Any]:
    """One line per series over days, weeks or months; `series` gives a column's name on the page.

    A vertical line marks today where it lies within the days.
    """
    layers = [
        {
            "mark": {"type": "line", "point": _points(answer), "strokeWidth": 2},
            "encoding": {
                "x": _days(x),
                "y": _numbers(unit),
                "color": _colours(series),
                "strokeDash": _dashes(series),
                "tooltip": _tooltip(x, unit),
            },
        }
    ]
    return _chart(_long(answer, x, series), _with_today(layers, answer, x, today))


def bars_over_time(
    answer: Answer,
    x: str,
    series: Mapping[str, str],
    unit: str,
    today: date | None = None,
    *,
    stack: bool = True,
) -> dict[str, Any]:
    """Bars per day, week or month, the series upon each other, or side by side; a day without rows keeps its place.

    A line marks today among days.
    """
    places = _places(answer, x)
    encoding: dict[str, Any] = {
        "x": _ordinal_days(places),
        "y": {**_numbers(unit), "stack": "zero" if stack else None},
        "color": _colours(series),
        "order": {"field": "order", "type": "quantitative"},
        "tooltip": _tooltip(x, unit),
    }
    if not stack:
        encoding["xOffset"] = {"field": "series", "sort": list(series.values())}
    layers: list[dict[str, Any]] = [{"mark": {"type": "bar", "width": {"band": 0.85}}, "encoding": encoding}]
    if x == "day" and today is not None and today.isoformat() in places[1:]:
        layers.append({**_TODAY, **_at(today), "encoding": {"x": _ordinal_days(places)}})
    return _chart(_long(answer, x, series), layers)


def ranked_bars(answer: Answer, y: str, series: Mapping[str, str], unit: str) -> dict[str, Any]:
    """Lying bars in the order of the rows, the series one after the other."""
    layer = {
        "mark": {"type": "bar", "height": {"band": 0.75}},
        "encoding": {
            "y": {
                "field": "when",
                "type": "nominal",
                "sort": [str(value) for value in answer.column(y)],
                "title": None,
                "axis": {"labelLimit": 150, "labelOverlap": False, "labelFlush": False},
            },
            "x": {**_numbers(unit), "stack": "zero"},
            "color": _colours(series),
            "order": {"field": "order", "type": "quantitative"},
            "tooltip": _tooltip(y, unit),
        },
    }
    beside = 80 if len(series) > 1 else 55
    return _chart(_long(answer, y, series), [layer], height=_BAR_HEIGHT * len(answer.rows) + beside)


def _chart(
    values: list[dict[str, Any]], layers: list[dict[str, Any]], height: int = _HEIGHT
) -> dict[str, Any]:
    return {
        "data": {"values": values},
        "layer": layers,
        "height": height,
        "autosize": {"type": "fit", "contains": "padding"},
        "config": {
            "axis": {"labelFontSize": 12},
            "legend": {"orient": "top", "title": None, "labelLimit": 220},
        },
    }


def _long(answer: Answer, x: str, series: Mapping[str, str]) -> list[dict[str, Any]]:
    """A row per point; a value that is null leaves a gap."""
    return [
        {"when": str(record[x]), "series": label, "order": order, "value": float(record[column])}
        for record in answer.records()
        for order, (column, label) in enumerate(series.items())
        if record[column] is not None
    ]


def _days(title: str) -> dict[str, Any]:
    """Days are read and written as UTC: a browser's own zone would show the day before."""
    axis = {"format": "%-d %b %Y", "labelOverlap": True, "grid": False, "tickCount": 6}
    return {"field": "when", "type": "temporal", "scale": {"type": "utc"}, "title": None, "axis": axis}


def _ordinal_days(places: list[str]) -> dict[str, Any]:
    """Every day has its place; of their names, as many as fit are written."""
    shown = places[:: max(1, -(-len(places) // 7))]
    axis = {"values": shown, "labelAngle": 0, "labelOverlap": True, "labelExpr": _AS_A_DAY, "grid": False}
    return {"field": "when", "type": "ordinal", "title": None, "scale": {"domain": places}, "axis": axis}


def _places(answer: Answer, x: str) -> list[str]:
    """Every day or week from the first to the last, of days at least two weeks; the months that there are."""
    found = sorted(set(answer.column(x)))
    if x not in _STEPS:
        return [str(each) for each in found]
    step, least = _STEPS[x]
    first = min(found[0], found[-1] - step * least)
    return [str(first + step * place) for place in range((found[-1] - first) // step + 1)]


_STEPS = {"day": (timedelta(days=1), 13), "week": (timedelta(days=7), 0)}
"""From one bar to the next, and the fewest steps that are drawn."""
_AS_A_DAY = "utcFormat(toDate(datum.value), '%-d %b')"


def _numbers(unit: str) -> dict[str, Any]:
    """What is counted has no ticks between whole numbers."""
    axis = {"tickCount": 5, **({} if unit in _MEASURED else {"tickMinStep": 1})}
    return {"field": "value", "type": "quantitative", "title": unit, "axis": axis}


_MEASURED = frozenset({"hours", "days", "money"})


def _colours(series: Mapping[str, str]) -> dict[str, Any]:
    scale = {"domain": list(series.values()), "range": list(COLOURS[: len(series)])}
    return {"field": "series", "type": "nominal", "scale": scale, "legend": {} if len(series) > 1 else None}


def _dashes(series: Mapping[str, str]) -> dict[str, Any]:
    scale = {"domain": list(series.values()), "range": list(_DASHES[: len(series)])}
    return {"field": "series", "type": "nominal", "scale": scale, "legend": {} if len(series) > 1 else None}


def _tooltip(x: str, unit: str) -> list[dict[str, Any]]:
    return [
        {"field": "when", "type": "nominal", "title": x},
        {"field": "series", "type": "nominal", "title": "what"},
        {"field": "value", "type": "quantitative", "title": unit, "format": ",.2~f"},
    ]


def _points(answer: Answer) -> Any:
    """Points show where a value is and where there is none; many would hide the line."""
    return {"size": 28} if len(answer.rows) <= _MANY else False


_MANY = 40
_TODAY = {"mark": {"type": "rule", "strokeDash": [3, 3], "color": "#7D8694", "strokeWidth": 1.5}}


def _at(day: date) -> dict[str, Any]:
    return {"data": {"values": [{"when": day.isoformat()}]}}


def _with_today(
    layers: list[dict[str, Any]], answer: Answer, x: str, today: date | None
) -> list[dict[str, Any]]:
    days = answer.column(x)
    if today is None or not min(days) < today < max(days):
        return layers
    return [*layers, {**_TODAY, **_at(today), "encoding": {"x": _days(x)}}]
