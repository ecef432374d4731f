"""Builds the marts of generated worlds and compares every measure with the oracle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from fieldhouse.pipelines.build_marts import build
from fieldhouse.pipelines.config.settings import load
from fieldhouse.warehouse.connect import open_warehouse
from tests.support.marts.raw_tables import write_tables
from tests.support.marts.worlds.world import NOW
from tests.support.marts.worlds.world import World as GeneratedWorld

from .account_clock import AccountClock
from .measures import MEASURES, World


@dataclass
class Comparison:
    """Values of the marts beside those of the oracle.

    Attributes:
        compared: mart and column -> how many values were compared.
        differing: mart and column -> how many of them differ.
        differences: a line per row that differs, or per problem of the build.
    """

    compared: Counter[tuple[str, str]] = field(default_factory=Counter)
    differing: Counter[tuple[str, str]] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    def add(self, other: Comparison) -> None:
        self.compared.update(other.compared)
        self.differing.update(other.differing)
        self.differences += other.differences


def compare_worlds(url: str, folder: Path, numbers: Iterable[int]) -> Comparison:
    """Compare the marts of these generated worlds with the oracle.

    All worlds are accounts of one warehouse, so that one build serves them.
    """
    worlds = [GeneratedWorld(number) for number in numbers]
    clocks = {account: clock for world in worlds for account, clock in world.clocks.items()}
    tables = {account: rows for world in worlds for account, rows in world.tables.items()}
    write_tables(url, tables)
    settings = load({"HOME": str(folder)}, folder, warehouse_url=url)
    report = build(settings, variables={"now": NOW.isoformat(), **variables_of(clocks)}, tests=False)
    results = [f"build: {problem.kind} {problem.name}: {problem.message}" for problem in report.problems]
    if results:
        return Comparison(differences=results)
    with open_warehouse(url).session() as session:
        return compare(session.fetch, World(tables, clocks))


def compare(fetch: Callable[[str], list[tuple[Any, ...]]], world: World) -> Comparison:
    """Compare every measure of the built marts with the oracle's."""
    results = Comparison()
    for measured in MEASURES:
        columns = measured.columns.split()
        expected, width = measured.expected(world), len(columns)
        actual = {_key(row, width): row[len(row) - width :] for row in fetch(measured.sql)}
        results.compared.update({(measured.mart, column): len(expected) for column in columns})
        for key in sorted(set(actual) | set(expected), key=str):
            mine, theirs = actual.get(key), expected.get(key)
            wrong = [
                column
                for place, column in enumerate(columns)
                if mine is None or theirs is None or not _same(mine[place], theirs[place])
            ]
            if wrong:
                results.differing.update((measured.mart, column) for column in wrong)
                results.differences.append(f"{measured.mart} {key}: {mine} and not {theirs}")
    return results


def _key(row: tuple[Any, ...], width: int) -> Any:
    key = row[: len(row) - width]
    return key[0] if len(key) == 1 else key


def _same(mine: Any, theirs: Any) -> bool:
    if isinstance(mine, (float, Decimal)) and theirs is not None:
        return abs(float(mine) - float(theirs)) < 1e-5
    return bool(mine == theirs)


def variables_of(clocks: Mapping[str, AccountClock]) -> dict[str, Any]:
    """The variables of the marts for accounts with these clocks."""
    return {
        "waiting_statuses": sorted({status for clock in clocks.values() for status in clock.waiting}),
        "zones": {account: clock.zone.key for account, clock in clocks.items()},
        "week_starts": {account: clock.week_start for account, clock in clocks.items()},
        "account_holidays": {
            account: [day.isoformat() for day in clock.holidays] for account, clock in clocks.items()
        },
        "account_business_hours": {
            account: {
                str(day): [f"{_clock(opens)}-{_clock(closes)}" for opens, closes in ranges]
                for day, ranges in clock.hours.items()
            }
            for account, clock in clocks.items()
        },
    }


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
