"""CPU seconds of a first sync against rows, as a drawing that needs no library."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil, floor, log10

from tests.benchmarks.results import TITLES, Result, medians

_WIDTH, _HEIGHT, _LEFT, _TOP, _RIGHT, _BOTTOM = 720, 400, 64, 48, 190, 52
_COLOURS = {"fieldhouse": "#0f766e", "floor": "#64748b", "dlt": "#b91c1c", "dlt_tuned": "#d97706"}


def draw(matches: Iterable[Result]) -> str:
    """An SVG of the first syncs into DuckDB without latency; both axes are logarithmic."""
    lines: dict[str, list[tuple[int, float]]] = {}
    for (database, rows, latency, step), engines in sorted(medians(matches).items()):
        if (database, latency, step) == ("duckdb", 0.0, "first"):
            for engine, result in engines.items():
                lines.setdefault(engine, []).append((rows, result.cpu))
    points = [point for line in lines.values() for point in line]
    across = _Axis([rows for rows, _ in points], _LEFT, _WIDTH - _RIGHT)
    up = _Axis([cpu for _, cpu in points], _HEIGHT - _BOTTOM, _TOP)
    parts = [*_frame(across, up)]
    for engine in TITLES:
        if engine in lines:
            parts += _line(engine, [(across.at(rows), up.at(cpu)) for rows, cpu in lines[engine]])
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="system-ui, sans-serif"'
        f' font-size="13" role="img" aria-label="CPU seconds of a first sync against rows">\n{body}\n</svg>\n'
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


def _frame(across: _Axis, up: _Axis) -> list[str]:
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    parts = [
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="26" font-size="15" font-weight="600" fill="#0f172a">'
        "CPU seconds of a first sync into DuckDB</text>",
        f'<text x="{(_LEFT + right) / 2}" y="{_HEIGHT - 12}" text-anchor="middle" fill="#475569">rows</text>',
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


def _line(engine: str, points: list[tuple[float, float]]) -> list[str]:
    colour = _COLOURS[engine]
    path = " ".join(f"{x},{y}" for x, y in points)
    x, y = points[-1]
    return [
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2.5"/>',
        *(f'<circle cx="{cx}" cy="{cy}" r="4" fill="{colour}"/>' for cx, cy in points),
        f'<text x="{x + 10}" y="{y + 4}" fill="{colour}">{TITLES[engine].replace("`", "")}</text>',
    ]
