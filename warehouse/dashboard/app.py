"""The page. Streamlit runs this file from top to bottom at every click; `fieldhouse dashboard` starts it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fieldhouse.warehouse.errors import WarehouseError

from . import filters as choices
from .figure import Figure, moment, show
from .query import Choice, marts, written
from .reader import Absent, Answer, Reader, Reading, by_schema
from .source import Place, unpacked
from .tabs import HEALTH, TABS, Tab

_REFRESH_SECONDS = 60
_FOLLOW = ("marts_day", "marts_seen", "time_zones")
_ICON = str(Path(__file__).parent / "icon.svg")
"""A file: Streamlit takes its own icons for a page from the network."""
_STYLE = """
<style>
[data-testid="stMainBlockContainer"] { padding-top: 2.2rem; max-width: 78rem; }
h1 { font-size: 1.9rem !important; padding-bottom: 0.2rem !important; }
h3 { font-size: 1.15rem !important; padding: 0 !important; }
[data-testid="stMetricValue"] { font-size: 1.6rem; }
@media (max-width: 640px) {
  [data-testid="stMainBlockContainer"] { padding-left: 0.9rem; padding-right: 0.9rem; }
}
:is(a, button, summary, [role="button"], [role="tab"]):focus-visible {
  outline: 3px solid #2E7EC4 !important; outline-offset: 2px;
}
</style>
"""


def main(place: Place) -> None:
    """The whole page over one warehouse."""
    st.set_page_config("fieldhouse", _ICON, layout="wide", initial_sidebar_state="collapsed")
    st.html(_STYLE)
    _live(place)


@st.fragment(run_every=_REFRESH_SECONDS)
def _live(place: Place) -> None:
    """What is asked again each minute, without a click."""
    reader = _reader(place)
    head, side = st.columns((2, 1), vertical_alignment="top")
    head.title("fieldhouse", anchor=False)
    try:
        _tabs(place, reader, head, side)
    except Absent as absent:
        st.info(
            f"There is no warehouse at {absent} yet. Run `fieldhouse sync`, or `fieldhouse demo` for one without any"
            " account, then `fieldhouse dashboard --warehouse duckdb:///fieldhouse-demo.duckdb`.",
            icon=":material/info:",
        )
    except WarehouseError as error:
        st.error(f"{error}", icon=":material/error:")
        st.caption(
            "This page tries again each minute."
            if error.retry
            else "Mend the setting `warehouse.url` and start again."
        )


@st.cache_resource(show_spinner=False)
def _reader(place: Place) -> Reader:
    """One for all who look at the page."""
    return Reader(place)


def _tabs(place: Place, reader: Reader, head: DeltaGenerator, side: DeltaGenerator) -> None:
    catalogue = reader.read([written("catalogue", Choice())])
    (tables,) = catalogue.answers
    held = by_schema(tables)
    accounts = tuple(sorted(schema for schema, names in held.items() if "_syncs" in names))
    built = held.get("marts", frozenset())
    if not accounts:
        st.info(f"Nothing is synced yet in {place.display}: run `fieldhouse sync`.", icon=":material/info:")
        return
    with side:
        choice = Choice(accounts, choices.chosen_accounts(accounts), max_age_hours=place.max_age_hours)
    with head:
        today, zones = _head(place, reader, choice, built)
    names = [tab.name for tab in TABS]
    for tab, area in zip(
        TABS, st.tabs(names, key="tab", on_change="rerun", bind="query-params"), strict=True
    ):
        if area.open:
            with area:
                _tab(tab, reader, choice, built, today, zones)


def _head(
    place: Place, reader: Reader, choice: Choice, built: frozenset[str]
) -> tuple[date | None, dict[str, list[str]]]:
    """Says what is looked at and how old it is; the marts' day, and each account's time zone."""
    queries = ["newest_sync", *(name for name in _FOLLOW if marts(name) <= built)]
    reading = reader.read([written(name, Choice(choice.every_account)) for name in queries])
    found = dict(zip(queries, reading.answers, strict=True))
    today = _single(found.get("marts_day"))
    source = f"{place.display} (the published copy)" if place.is_copy else place.display
    parts = [source, f"read {moment(reading.read_at)}"]
    if today:
        parts.append(f"ages and periods count from {choices.said(today)}, the day of the marts' build")
    st.caption(" · ".join(parts))
    _tell_writer(reading)
    newest, seen = _single(found["newest_sync"]), _single(found.get("marts_seen"))
    if newest and seen and newest > seen:
        st.warning(
            f"The marts do not know the last sync ({moment(newest)}): run `fieldhouse build`.",
            icon=":material/update:",
        )
    zones: dict[str, list[str]] = {}
    for account, zone in found.get("time_zones", Answer()).rows:
        zones.setdefault(account, []).append(zone)
    return today, zones


def _single(answer: Answer | None) -> Any:
    return answer.rows[0][0] if answer and answer.rows else None


def _tell_writer(reading: Reading) -> None:
    if reading.writer:
        st.warning(
            f"A load has the warehouse; this was read {moment(reading.read_at)}. ({reading.writer})",
            icon=":material/hourglass_top:",
        )


def _tab(
    tab: Tab,
    reader: Reader,
    choice: Choice,
    built: frozenset[str],
    today: date | None,
    zones: dict[str, list[str]],
) -> None:
    needed = {name for figure in tab.figures for name in marts(figure.query)}
    if tab is not HEALTH and not needed <= built:
        st.info("The marts are not built yet: run `fieldhouse build`.", icon=":material/info:")
        return
    choice = _narrowed(tab, reader, choice, today)
    figures = [figure for figure in tab.figures if marts(figure.query) <= built]
    queries = [written(figure.query, choice) for figure in figures]
    reading = reader.read(queries)
    _tell_writer(reading)
    _tell_missing(tab, choice)
    if tab.periods:
        _tell_zones(tab, zones)
    _figures(list(zip(figures, reading.answers, queries, strict=True)), today)


def _figures(shown: list[tuple[Figure, Answer, str]], today: date | None) -> None:
    """One below the other, halves in pairs; on a phone the pairs fall apart by themselves."""
    while shown:
        pair = shown[:2] if all(figure.is_half for figure, _, _ in shown[:2]) else shown[:1]
        areas = st.columns(len(pair)) if len(pair) > 1 else [st.container()]
        for area, (figure, answer, sql) in zip(areas, pair, strict=True):
            with area:
                show(figure, answer, sql, today)
        shown = shown[len(pair) :]


def _narrowed(tab: Tab, reader: Reader, choice: Choice, today: date | None) -> Choice:
    """The choices of the tab itself, in one row that wraps where the page is narrow."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if tab is HEALTH:
            return replace(choice, max_age_hours=choices.chosen_age(choice.max_age_hours))
        if tab.teams:
            query, label = tab.teams
            (listed,) = reader.read([written(query, choice)]).answers
            choice = replace(choice, teams=choices.chosen_teams(label, listed.column("team"), tab.name))
        if tab.periods and today:
            first, last = choices.chosen_days(tab.periods, today, tab.name)
            choice = replace(choice, first_day=first, last_day=last)
    return choice


def _tell_missing(tab: Tab, choice: Choice) -> None:
    """A vendor without an account leaves its share empty: says which, so that nobody takes it for zero."""
    synced = choice.every_account
    missing = [vendor for vendor in tab.vendors if not _has(vendor, synced)]
    if missing and len(missing) == len(tab.vendors):
        names = " and ".join(missing)
        st.info(
            f"This is empty because {names} is not synced into this warehouse: put its credentials into"
            f" .dlt/secrets.toml, then run `fieldhouse sync {' '.join(missing)}` and `fieldhouse build`.",
            icon=":material/info:",
        )
    elif missing:
        st.caption(f"Without {', '.join(missing)}: not synced into this warehouse.")


def _tell_zones(tab: Tab, zones: dict[str, list[str]]) -> None:
    of_this_tab = [
        f"{account} {', '.join(names)}"
        for account, names in zones.items()
        if any(_has(vendor, [account]) for vendor in tab.vendors)
    ]
    if of_this_tab:
        st.caption(f"Time zones: {'; '.join(of_this_tab)}.")


def _has(vendor: str, accounts: Sequence[str]) -> bool:
    return any(account == vendor or account.startswith(f"{vendor}_") for account in accounts)


if __name__ == "__main__":
    main(unpacked(sys.argv[1]))
