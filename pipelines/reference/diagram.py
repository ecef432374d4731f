"""Diagram of a vendor's tables: boxes with keys, and lines for relations, as an SVG without scripts.

A table is to the right of the tables that it refers to. Child tables are listed in the box of their table. A column
that most tables share, such as ``metadata__created_by__id``, is named below the diagram instead of drawn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape

from fieldhouse.pipelines.inspect.declared_schema import DeclaredTable

WIDTH, GAP, LINE, MARGIN, MOST_RANKS = 250, 110, 16, 24, 5
"""Pixels, but for the number of columns of boxes."""
SHARED = 10
"""A column of at least this many tables that refers to one table is not drawn."""
Relation = tuple[str, str, str, str]


def diagram(tables: Sequence[DeclaredTable]) -> str:
    """The SVG of one vendor's tables."""
    roots = {table.name: table for table in tables if not table.parent}
    every = [
        (name, column, other, key)
        for name, table in roots.items()
        for column, other, key in table.relations
        if other in roots
    ]
    counts = Counter((column, other) for _, column, other, _ in every)
    drawn = [one for one in every if counts[one[1], one[2]] < SHARED]
    shared = [pair for pair, count in counts.items() if count >= SHARED]
    boxes = _boxes(roots, tables, drawn)
    width = max(box.x for box in boxes.values()) + WIDTH + MARGIN
    height = max(box.y + box.height for box in boxes.values()) + MARGIN + LINE * len(shared)
    parts = [_line(boxes[name], column, boxes[other]) for name, column, other, _ in drawn]
    parts += [box.svg() for box in boxes.values()]
    for place, (column, other) in enumerate(shared):
        text = f"{column} of {counts[column, other]} tables refers to {other}"
        parts.append(_text(MARGIN, height - MARGIN / 2 - place * LINE, text, "note"))
    style = (
        "text{font:12px sans-serif;fill:#1f2933}.title{font-weight:bold;fill:#fff}.note{fill:#66727f;font-size:11px}"
        ".box{fill:#fff;stroke:#0b7285}.head{fill:#0b7285}.line{fill:none;stroke:#8aa4af}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height:.0f}" role="img">'
        f"<style>{style}</style>"
        f'<rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


class _Box:
    """A table at its place."""

    def __init__(self, table: DeclaredTable, rows: Sequence[tuple[str, str]], x: float, y: float) -> None:
        self.table, self.rows, self.x, self.y = table, rows, x, y
        self.height = (len(rows) + 1.6) * LINE

    def line_of(self, column: str) -> float:
        """The height at which a column is written."""
        names = [text for text, _ in self.rows]
        return self.y + (names.index(column) + 1.9 if column in names else 0.7) * LINE

    def svg(self) -> str:
        parts = [
            f'<rect class="box" x="{self.x}" y="{self.y:.0f}" width="{WIDTH}" height="{self.height:.0f}"/>',
            f'<rect class="head" x="{self.x}" y="{self.y:.0f}" width="{WIDTH}" height="{LINE * 1.3:.0f}"/>',
            _text(self.x + 8, self.y + LINE * 0.95, self.table.name, "title"),
        ]
        for place, (text, mark) in enumerate(self.rows):
            y = self.y + (place + 2.2) * LINE
            parts.append(_text(self.x + 8, y, text, "note" if mark == "child" else "column"))
            if mark not in ("", "child"):
                parts.append(_text(self.x + WIDTH - 26, y, mark, "note"))
        return "".join(parts)


def _boxes(
    roots: Mapping[str, DeclaredTable], tables: Sequence[DeclaredTable], drawn: Sequence[Relation]
) -> dict[str, _Box]:
    ranks = _ranks(roots, drawn)
    heights = dict.fromkeys(range(MOST_RANKS), float(MARGIN))
    boxes = {}
    for name, table in roots.items():
        references = {column for here, column, _, _ in drawn if here == name}
        rows = [(column, "PK, FK" if column in references else "PK") for column in table.key]
        rows += [(column, "FK") for column in sorted(references - set(table.key))]
        rows += [(child.name, "child") for child in tables if child.root == name and child.parent]
        x = MARGIN + ranks[name] * (WIDTH + GAP)
        boxes[name] = _Box(table, rows, x, heights[ranks[name]])
        heights[ranks[name]] += boxes[name].height + LINE
    return boxes


def _ranks(names: Mapping[str, object], drawn: Sequence[Relation]) -> dict[str, int]:
    """Column of each table: one more than that of the tables to which it refers; a circle is cut where it closes."""
    targets: dict[str, set[str]] = {name: set() for name in names}
    for name, _, other, _ in drawn:
        targets[name].add(other)
    ranks: dict[str, int] = {}

    def rank(name: str, path: tuple[str, ...]) -> int:
        if name not in ranks:
            others = [other for other in targets[name] if other not in (*path, name)]
            depth = max((rank(other, (*path, name)) for other in sorted(others)), default=-1) + 1
            ranks[name] = min(depth, MOST_RANKS - 1)
        return ranks[name]

    for name in names:
        rank(name, ())
    return ranks


def _line(box: _Box, column: str, other: _Box) -> str:
    """From a column to the table that it refers to."""
    y, to_y = box.line_of(column), other.y + LINE * 0.7
    if box.x > other.x:
        x, to_x = box.x, other.x + WIDTH
        middle = (x + to_x) / 2
        return f'<path class="line" d="M{x} {y:.0f}C{middle} {y:.0f} {middle} {to_y:.0f} {to_x} {to_y:.0f}"/>'
    x, to_x = box.x + WIDTH, other.x + WIDTH
    bend = max(x, to_x) + GAP / 2
    return f'<path class="line" d="M{x} {y:.0f}C{bend} {y:.0f} {bend} {to_y:.0f} {to_x} {to_y:.0f}"/>'


def _text(x: float, y: float, text: str, name: str) -> str:
    return f'<text class="{name}" x="{x:.0f}" y="{y:.0f}">{escape(text)}</text>'
