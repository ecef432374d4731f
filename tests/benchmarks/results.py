"""Measurements, and the table that is made of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

TITLES = {
    "fieldhouse": "fieldhouse",
    "floor": "the floor",
    "dlt": "dlt `rest_api`, default settings",
    "dlt_tuned": "dlt `rest_api`, tuned",
}
_STEPS = {
    "start": "process start",
    "first": "first sync",
    "edit": "100 changes",
    "none": "nothing new",
}


@dataclass(frozen=True)
class Result:
    """One run: ``cpu`` and ``wall`` in seconds, ``rss`` in MB, ``latency`` in seconds per answer."""

    engine: str
    database: str
    rows: int
    latency: float
    step: str
    cpu: float
    wall: float
    rss: float
    requests: int

    @property
    def case(self) -> tuple[str, int, float, str]:
        return (self.database, self.rows, self.latency, self.step)

    def line(self) -> str:
        """For the eye, while the benchmark runs."""
        return (
            f"{self.database:8} {self.rows:>9,} rows {self.latency * 1000:3.0f} ms  {self.step:5} {self.engine:10}"
            f" {self.cpu:7.2f} CPU s {self.wall:7.1f} s {self.rss:6.0f} MB {self.requests:6,} requests"
        )


@dataclass(frozen=True)
class AccountCost:
    """A sync of one account without changes in a warehouse of ``accounts``: ``cpu`` in seconds, ``read`` in MB."""

    warehouse: str
    accounts: int
    cpu: float
    read: float


def medians(results: Iterable[Result]) -> dict[tuple[str, int, float, str], dict[str, Result]]:
    """The median run of every engine, by case: each figure's own median."""
    grouped: dict[tuple[str, int, float, str], dict[str, list[Result]]] = {}
    for result in results:
        grouped.setdefault(result.case, {}).setdefault(result.engine, []).append(result)
    return {
        case: {engine: _median(runs) for engine, runs in engines.items()} for case, engines in grouped.items()
    }


def _median(runs: Sequence[Result]) -> Result:
    first = runs[0]
    cpu, wall, rss = (median(getattr(run, name) for run in runs) for name in ("cpu", "wall", "rss"))
    requests = int(median(run.requests for run in runs))
    return Result(first.engine, *first.case, cpu, wall, rss, requests)


def table(results: Iterable[Result]) -> str:
    """Markdown, a row per case and engine."""
    lines = [
        "| into | rows | latency | what | engine | CPU s | × floor | wall s | peak MB | requests |",
        "| --- | ---: | ---: | --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    order = list(_STEPS)
    by_case = medians(results)
    for case in sorted(by_case, key=lambda case: (case[0], case[1], case[2], order.index(case[3]))):
        database, rows, latency, step = case
        floor = by_case[case].get("floor")
        for engine in TITLES:
            if result := by_case[case].get(engine):
                ratio = f"{result.cpu / floor.cpu:.2f}" if floor else ""
                lines.append(
                    f"| {database} | {rows:,} | {latency * 1000:.0f} ms | {_STEPS[step]} | {TITLES[engine]}"
                    f" | {result.cpu:.2f} | {ratio} | {result.wall:.1f} | {result.rss:.0f} | {result.requests:,} |"
                )
    return "\n".join(lines)
