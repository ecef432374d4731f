"""The content of a page: reads what a tab needs and gives it to the templates as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from fieldhouse.warehouse import unrecorded_runs

from . import charts
from .figures import FEWEST, Figure, Number, Tab
from .filters import Parameters, period_before
from .health import AccountCard, cards, with_unrecorded
from .query import Choice, grain, marts, render
from .reader import Answer, Reader, Reading, tables_by_schema
from .source import Place
from .tabs import HEALTH
from .wording import NONE, cell, is_number, label, moment, number

_MARTS_ONLY = ("marts_day", "marts_seen", "time_zones")
_OUTDATED = timedelta(hours=1)


@dataclass(frozen=True)
class Warehouse:
    """What is known of the warehouse before a tab is read.

    Attributes:
        week: the first day of the week of ``today``.
    """

    accounts: tuple[str, ...]
    marts: frozenset[str]
    today: date | None
    week: date | None
    zones: Mapping[str, str]
    newest_read_at: datetime | None
    marts_seen_at: datetime | None
    reading: Reading

    @property
    def zone(self) -> str:
        """The zone for times that belong to no account: that of all accounts if they share one, else UTC."""
        shared = set(self.zones.values())
        return shared.pop() if len(shared) == 1 else ""

    @property
    def are_marts_behind(self) -> bool:
        """True if rows were read after the last build of the marts."""
        return bool(self.newest_read_at and self.marts_seen_at and self.newest_read_at > self.marts_seen_at)


@dataclass(frozen=True)
class Tile:
    """One number of a figure, as text."""

    label: str
    value: str
    help: str
    comparison: str = ""
    verdict: str = ""
    target: str = ""


@dataclass(frozen=True)
class Rows:
    """A table: titles, and cells as (text, link, is it a number)."""

    titles: tuple[str, ...]
    cells: tuple[tuple[tuple[str, str, bool], ...], ...]
    states: tuple[str, ...] = ()


@dataclass(frozen=True)
class Block:
    """A figure with everything that its template shows: of amounts, tiles and a chart for each currency."""

    figure: Figure
    sql: str
    grain: str
    problem: str = ""
    tiles: tuple[Tile, ...] = ()
    drawings: tuple[charts.Drawing, ...] = ()
    rankings: tuple[charts.Ranking, ...] = ()
    rows: Rows = field(default_factory=lambda: Rows((), ()))


def look(reader: Reader) -> Warehouse | None:
    """What the warehouse holds; None if nothing was synced yet. Raises Absent and WarehouseError."""
    catalogue = tables_by_schema(reader.read([render("catalogue", Choice())]).answers[0])
    accounts = tuple(sorted(schema for schema, names in catalogue.items() if "_syncs" in names))
    if not accounts:
        return None
    built = catalogue.get("marts", frozenset())
    queries = ["newest_sync", *(name for name in _MARTS_ONLY if marts(name) <= built)]
    reading = reader.read([render(name, Choice(accounts)) for name in queries])
    answers = dict(zip(queries, reading.answers, strict=True))
    zones = dict(answers.get("time_zones", Answer()).rows)
    today, week = _row(answers.get("marts_day"), 2)
    return Warehouse(
        accounts,
        built,
        today,
        week,
        zones,
        _single(answers["newest_sync"]),
        _single(answers.get("marts_seen")),
        reading,
    )


def _single(answer: Answer | None) -> Any:
    return _row(answer, 1)[0]


def _row(answer: Answer | None, width: int) -> tuple[Any, ...]:
    return answer.rows[0] if answer and answer.rows else (None,) * width


@dataclass(frozen=True)
class Content:
    """The figures of a tab; on the health tab also the accounts' cards and the state of every table."""

    blocks: tuple[Block, ...]
    reading: Reading
    cards: tuple[AccountCard, ...] = ()
    states: Rows | None = None


def content(tab: Tab, reader: Reader, known: Warehouse, choice: Choice, place: Place) -> Content:
    """Every figure of a tab whose marts exist, all of one state of the warehouse; each query is asked once."""
    figures = [figure for figure in tab.figures if marts(figure.query) <= known.marts]
    queries = [render(figure.query, choice) for figure in figures]
    before = period_before(choice)
    compared = [figure for figure in figures if before and any(number.compared for number in figure.numbers)]
    earlier = [render(figure.query, before) for figure in compared if before]
    tables = [render("account_tables", choice)] if tab is HEALTH else []
    reading = reader.read([*queries, *earlier, *tables])
    answers = dict(zip([figure.query for figure in figures], reading.answers, strict=False))
    previous = dict(zip([figure.query for figure in compared], reading.answers[len(queries) :], strict=False))
    made = tuple(
        _block(figure, answers[figure.query], sql, previous.get(figure.query), known, place)
        for figure, sql in zip(figures, queries, strict=True)
    )
    if tab is not HEALTH:
        return Content(made, reading)
    states = reading.answers[-1]
    unrecorded = {
        account: unrecorded_runs.last(place.display, account)
        for account in {str(row["account"]) for row in states.records()}
    }
    shown = cards(with_unrecorded(states.records(), unrecorded), answers["account_runs"].records())
    return Content(made, reading, tuple(shown), rows(states, known.zones))


def _block(
    figure: Figure, answer: Answer, sql: str, before: Answer | None, known: Warehouse, place: Place
) -> Block:
    meaning = grain(figure.query)
    if answer.problem or not answer.rows:
        return Block(figure, sql, meaning, answer.problem)
    chart, parts = figure.chart, by_currency(answer)
    charted = (
        [(replace(chart, unit=currency or chart.unit), part) for currency, part in parts] if chart else []
    )
    is_ranked = chart is not None and chart.kind == "ranked"
    return Block(
        figure,
        sql,
        meaning,
        tiles=tuple(
            tile
            for currency, part in parts
            for tile in _tiles(figure.numbers, part, before, known, place, currency)
        ),
        drawings=() if is_ranked else tuple(charts.drawing(part, one, known.today) for one, part in charted),
        rankings=tuple(charts.ranking(part, one) for one, part in charted) if is_ranked else (),
        rows=rows(answer, known.zones),
    )


def by_currency(answer: Answer) -> list[tuple[str, Answer]]:
    """The rows of each currency, as amounts of two are never added up; all rows and no name if they name none."""
    if "currency" not in answer.columns:
        return [("", answer)]
    place = answer.columns.index("currency")
    names = sorted({str(row[place]) for row in answer.rows})
    return [
        (name, Answer(answer.columns, tuple(row for row in answer.rows if str(row[place]) == name)))
        for name in names
    ]


def rows(answer: Answer, zones: Mapping[str, str]) -> Rows:
    """The rows of a query with labels, local times and links."""
    shown = [name for name in answer.columns if name != "_url"]
    numeric = {name for name in shown if any(map(is_number, answer.column(name)))}
    lines = []
    for record in answer.records():
        zone = zones.get(str(record.get("account", "")), "")
        link = str(record.get("_url") or "")
        lines.append(
            tuple(
                (cell(record[name], name, zone), link if place == 0 else "", name in numeric)
                for place, name in enumerate(shown)
            )
        )
    states = tuple(str(record["state"]) for record in answer.records()) if "state" in answer.columns else ()
    return Rows(tuple(map(label, shown)), tuple(lines), states)


def _tiles(
    numbers: Sequence[Number],
    answer: Answer,
    before: Answer | None,
    known: Warehouse,
    place: Place,
    currency: str,
) -> tuple[Tile, ...]:
    row = answer.records()[0] if numbers else {}
    earlier = before.records()[0] if before and before.rows else {}
    tiles = (_tile(one, row, earlier, known.zone, place.targets.get(one.column)) for one in numbers)
    return tuple(replace(tile, label=f"{tile.label} ({currency})") if currency else tile for tile in tiles)


def _tile(
    one: Number, row: Mapping[str, Any], earlier: Mapping[str, Any], zone: str, target: float | None
) -> Tile:
    value = row[one.column]
    if one.counted_by and (row.get(one.counted_by) or 0) < FEWEST:
        return Tile(one.label, NONE, f"{one.help} Not shown for fewer than {FEWEST} rows.".strip())
    comparison, verdict = _compared(one, value, earlier)
    shown = f"Target {number(target, one.format)}" if target is not None else ""
    return Tile(one.label, number(value, one.format, zone), one.help, comparison, verdict, shown)


def _compared(one: Number, value: Any, earlier: Mapping[str, Any]) -> tuple[str, str]:
    """The change against the period before, and whether it is good, bad or neither."""
    old = earlier.get(one.column)
    if not one.compared or value is None or old is None:
        return "", ""
    if one.counted_by and (earlier.get(one.counted_by) or 0) < FEWEST:
        return "", ""
    change = float(value) - float(old)
    before_text = number(old, one.format)
    if abs(change) < 1e-9:
        return f"as in the period before ({before_text})", "same"
    verdict = "same" if not one.better else "good" if (change > 0) == (one.better == "more") else "bad"
    return f"{'▲' if change > 0 else '▼'} from {before_text} in the period before", verdict


def data_as_of(known: Warehouse, max_age_hours: float, now: datetime) -> tuple[str, bool]:
    """When the newest rows were read, and whether that is longer ago than the limit."""
    if known.newest_read_at is None:
        return "No table was read completely yet", True
    is_old = now - known.newest_read_at > timedelta(hours=max_age_hours)
    return f"Data as of {moment(known.newest_read_at, known.zone)}", is_old


def are_figures_old(known: Warehouse, now: datetime) -> bool:
    """True if the marts were built on another day than today, so that ages and periods count from then."""
    return bool(known.today and known.today < (now.astimezone(UTC) - _OUTDATED).date())


def teams(tab: Tab, reader: Reader, known: Warehouse, choice: Choice) -> list[str]:
    """The teams or workgroups that a tab can be limited to."""
    if not tab.teams or not marts(tab.teams[0]) <= known.marts:
        return []
    (answer,) = reader.read([render(tab.teams[0], choice)]).answers
    return [str(team) for team in answer.column("team")] if answer.rows else []


def missing_vendors(tab: Tab, accounts: Sequence[str]) -> list[str]:
    """The vendors of a tab without an account: their share is empty, which must not be read as zero."""
    return [vendor for vendor in tab.vendors if not _has(vendor, accounts)]


def needs_build(tab: Tab, known: Warehouse) -> bool:
    """True if a tab shows marts that are not built yet."""
    return (
        tab is not HEALTH
        and not {name for figure in tab.figures for name in marts(figure.query)} <= known.marts
    )


def parameters(tab: Tab, pairs: Sequence[tuple[str, str]], known: Warehouse) -> Parameters:
    """The parameters of the address that are understood."""
    return Parameters.read(pairs, known.accounts, tab)


def _has(vendor: str, accounts: Sequence[str]) -> bool:
    return any(account == vendor or account.startswith(f"{vendor}_") for account in accounts)


def replace_age(choice: Choice, max_age_hours: float) -> Choice:
    """The choice with the age from which a table is late."""
    return replace(choice, max_age_hours=max_age_hours)


def queries(tab: Tab) -> set[str]:
    """The queries whose rows a tab shows."""
    health_only = {"account_tables", "account_runs"} if tab is HEALTH else set()
    return {figure.query for figure in tab.figures} | health_only
