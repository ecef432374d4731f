"""CPU seconds of a first sync against rows, and of a sync of one account against accounts: drawings that need no
library."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil, floor, log10

from tests.benchmarks.results import TITLES, AccountCost, Result, medians

_WIDTH, _HEIGHT, _LEFT, _TOP, _RIGHT, _BOTTOM = 720, 400, 64, 48, 190, 52
_WAREHOUSES = {"duckdb": "DuckDB", "postgres": "Postgres", "ducklake": "DuckLake"}
_COLOURS = {
    "DuckDB": "#0f766e",
    "Postgres": "#1d4ed8",
    "DuckLake": "#7c3aed",
    "floor": "#64748b",
    "dlt": "#b91c1c",
    "dlt_tuned": "#d97706",
}
Points = list[tuple[int, float]]


def draw(matches: Iterable[Result]) -> str:
    """An SVG of the first syncs without latency: fieldhouse into each warehouse, the others into DuckDB."""
    lines: dict[str, tuple[str, Points]] = {}
    for (database, rows, latency, step), engines in sorted(medians(matches).items()):
        if (latency, step) != (0.0, "first"):
            continue
        for engine, result in engines.items():
            if engine == "fieldhouse":
                place = _WAREHOUSES[database]
                name, colour = f"fieldhouse, {place}", _COLOURS[place]
            elif database == "duckdb":
                name, colour = TITLES[engine].replace("`", ""), _COLOURS[engine]
            else:
                continue
            lines.setdefault(name, (colour, []))[1].append((rows, result.cpu))
    return _drawing("CPU seconds of a first sync", "rows", lines)


def draw_accounts(costs: Iterable[AccountCost]) -> str:
    """An SVG of syncs of one account without changes, against the accounts in its warehouse."""
    lines: dict[str, tuple[str, Points]] = {}
    for cost in sorted(costs, key=lambda cost: cost.accounts):
        name = _WAREHOUSES[cost.warehouse]
        lines.setdefault(name, (_COLOURS[name], []))[1].append((cost.accounts, cost.cpu))
    title = "CPU seconds of a sync of one account without changes"
    return _drawing(title, "accounts in the warehouse", lines)


def _drawing(title: str, below: str, lines: Mapping[str, tuple[str, Points]]) -> str:
    """Lines by name, with colour and points; both axes are logarithmic."""
    points = [point for _, line in lines.values() for point in line]
    across = _Axis([count for count, _ in points], _LEFT, _WIDTH - _RIGHT)
    up = _Axis([cpu for _, cpu in points], _HEIGHT - _BOTTOM, _TOP)
    parts = [*_frame(across, up, title, below)]
    labels: list[float] = []
    for name, (colour, line) in lines.items():
        places = [(across.at(count), up.at(cpu)) for count, cpu in line]
        label = places[-1][1]
        while any(abs(label - other) < 16 for other in labels):
            label += 16
        labels.append(label)
        parts += _line(name, colour, places, label)
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="system-ui, sans-serif"'
        f' font-size="13" role="img" aria-label="{title} against {below}">\n{body}\n</svg>\n'
    )


class _Axis:
    """A logarithmic axis from one place of the drawing to another."""

    def __init__(self, values: list[float] | list[int], start: float, end: float) -> None:
        low, high = min(values), max(values)
        self.low, self.high = log10(low) - 0.08, log10(high) + 0.08
        self.start, self.end = start, end

    def at(self, value: float) -> float:
        share = (log10(value) - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)

    def ticks(self) -> list[float]:
        powers = range(floor(self.low), ceil(self.high) + 1)
        every = [step * 10.0**power for power in powers for step in (1, 2, 5)]
        return [value for value in every if self.low <= log10(value) <= self.high]


def _frame(across: _Axis, up: _Axis, title: str, below: str) -> list[str]:
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    parts = [
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="26" font-size="15" font-weight="600" fill="#0f172a">{title}</text>',
        f'<text x="{(_LEFT + right) / 2}" y="{_HEIGHT - 12}" text-anchor="middle" fill="#475569">{below}</text>',
    ]
    for value in up.ticks():
        y = up.at(value)
        parts.append(f'<line x1="{_LEFT}" x2="{right}" y1="{y}" y2="{y}" stroke="#e2e8f0"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end" fill="#475569">{value:g}</text>')
    for value in across.ticks():
        x = across.at(value)
        parts.append(f'<line x1="{x}" x2="{x}" y1="{bottom}" y2="{bottom + 5}" stroke="#94a3b8"/>')
        parts.append(
            f'<text x="{x}" y="{bottom + 20}" text-anchor="middle" fill="#475569">{value:,.0f}</text>'
        )
    return parts


def _line(name: str, colour: str, points: list[tuple[float, float]], label: float) -> list[str]:
    """A line with its name beside its last point, at the height ``label``."""
    path = " ".join(f"{x},{y}" for x, y in points)
    x, _ = points[-1]
    return [
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2.5"/>',
        *(f'<circle cx="{cx}" cy="{cy}" r="4" fill="{colour}"/>' for cx, cy in points),
        f'<text x="{x + 10}" y="{label + 4}" fill="{colour}">{name}</text>',
    ]
