"""A figure of the page: what it asks, what it is called, and how its rows are shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import streamlit as st

from . import charts
from .query import grain
from .reader import Answer

Spec = dict[str, Any]


@dataclass(frozen=True)
class Number:
    """One number of a row of totals. `format` is Python's, as `{:,.1f} h`."""

    column: str
    label: str
    format: str = "{:,}"
    help: str = ""


@dataclass(frozen=True)
class Figure:
    """A query with its way to be shown: as numbers, as a chart, or as the table that it is.

    `note` names unit, time zone and what is left out; `empty` says what no rows mean and what to do. Where there is
    room, two that are `is_half` stand side by side.
    """

    query: str
    title: str = ""
    note: str = ""
    empty: str = "Nothing in this period."
    numbers: Sequence[Number] = ()
    chart: Callable[[Answer, date | None], Spec] | None = None
    is_half: bool = False


def show(figure: Figure, answer: Answer, sql: str, today: date | None) -> None:
    """The figure, with the rows and the query behind it one key away."""
    with st.container(border=bool(figure.title), gap="small"):
        if figure.title:
            st.subheader(figure.title, anchor=False)
        if figure.note:
            st.caption(figure.note)
        if answer.problem:
            st.warning(f"The database refused this query: {answer.problem}", icon=":material/error:")
        elif not answer.rows:
            st.info(figure.empty, icon=":material/info:")
        else:
            _drawn(figure, answer, today)
        _behind(figure, answer, sql)


def _drawn(figure: Figure, answer: Answer, today: date | None) -> None:
    if figure.numbers:
        _numbers(figure.numbers, answer.records()[0])
    elif figure.chart:
        said = f"{figure.title}. {grain(figure.query)} The rows stand under SQL and rows."
        st.vega_lite_chart(figure.chart(answer, today), width="stretch", alt=said)
    else:
        _table(answer, f"{figure.title}. {grain(figure.query)}")


def _numbers(numbers: Sequence[Number], row: Mapping[str, Any]) -> None:
    with st.container(horizontal=True, gap="small"):
        for number in numbers:
            value = row[number.column]
            width: Any = "content" if isinstance(value, datetime) else 138
            st.metric(number.label, shown(value, number.format), help=number.help or None, width=width)


def _table(answer: Answer, said: str) -> None:
    """The rows as a table that sorts, searches and can be copied."""
    moments = {
        name: st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm", timezone="UTC")
        for name in answer.columns
        if any(isinstance(value, datetime) for value in answer.column(name))
    }
    spaced = {name: name.replace("_", " ") for name in answer.columns}
    st.dataframe(
        {spaced[name]: list(map(_cell, answer.column(name))) for name in answer.columns},
        column_config={spaced[name]: config for name, config in moments.items()},
        hide_index=True,
        width="stretch",
        placeholder="–",
        alt=said,
    )


def _behind(figure: Figure, answer: Answer, sql: str) -> None:
    is_table = not figure.numbers and not figure.chart
    with st.expander("SQL" if is_table else "SQL and rows", type="compact"):
        st.code(sql, language="sql", wrap_lines=True)
        if not is_table and answer.rows:
            _table(answer, grain(figure.query))


def shown(value: Any, form: str) -> str:
    """A number as people read it; a dash where there is none."""
    if value is None:
        return "–"
    return moment(value) if isinstance(value, datetime) else form.format(value)


def moment(value: datetime) -> str:
    """A moment with its zone: `2 Nov 2026 14:30 UTC`."""
    at = value.astimezone(UTC)
    return f"{at.day} {at:%b %Y %H:%M} UTC"


def _cell(value: Any) -> Any:
    """A value as Streamlit's table sorts and shows it."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return value


def over_time(x: str, unit: str, **series: str) -> Callable[[Answer, date | None], Spec]:
    """A line per series."""
    return lambda answer, today: charts.lines(answer, x, series, unit, today)


def stacked(x: str, unit: str, **series: str) -> Callable[[Answer, date | None], Spec]:
    """Bars over time, the series upon each other."""
    return lambda answer, today: charts.bars_over_time(answer, x, series, unit, today)


def grouped(x: str, unit: str, **series: str) -> Callable[[Answer, date | None], Spec]:
    """Bars over time, the series side by side."""
    return lambda answer, today: charts.bars_over_time(answer, x, series, unit, today, stack=False)


def ranked(y: str, unit: str, **series: str) -> Callable[[Answer, date | None], Spec]:
    """Lying bars in the order of the rows."""
    return lambda answer, today: charts.ranked_bars(answer, y, series, unit)
