"""Every ordered pair of types, through whole syncs into both databases: no value lost, every change said.

One field for each pair: it holds the first type, then the second, then both side by side in one table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from fieldhouse.sources.sandbox.sandbox import Record
from tests.support.sync_harness import SyncHarness, open_harness
from tests.support.warehouse.stored_values import spread, stored

DOC = Path(__file__).parent.parent.parent.parent / "docs" / "schema-drift.md"
KINDS = {
    "int": lambda row: row["id"] + 7,
    "big int": lambda row: 2**70 + row["id"],
    "float": lambda row: row["id"] + 0.5,
    "text": lambda row: f"row {row['id']}",
    "bool": lambda row: row["id"] % 3 == 0,
    "object": lambda row: {"a": row["id"], "b": {"c": "inside"}},
    "list": lambda row: [row["id"], "second"],
    "null": lambda row: None,
}
PAIRS = list(permutations(KINDS, 2))


def field(pair: tuple[str, str]) -> str:
    return f"f_{pair[0]}_{pair[1]}".replace(" ", "_")


def show(box: BossDeskSandbox, which: Any) -> None:
    """Every pair's field shows ``which(pair, row)`` of the pair's two types from now on, in every row."""
    for pair in PAIRS:
        box.add_field("groups", field(pair), lambda row, pair=pair: KINDS[pair[which(row)]](row), touch=True)


@pytest.fixture
def at(warehouse_url: str, tmp_path: Path) -> Iterator[SyncHarness]:
    with open_harness(BossDeskSandbox(edge_cases=True), warehouse_url, tmp_path) as made:
        yield made


def changes(at: SyncHarness, before: int) -> dict[str, list[Record]]:
    """What `_schema_changes` tells of each pair's field since it had ``before`` rows."""
    messages: dict[str, list[Record]] = {field(pair): [] for pair in PAIRS}
    rows = sorted(at.snapshot().books["_schema_changes"], key=lambda row: row["changed_at"])
    for row in rows[before:]:
        child = row["table_name"].partition("__")[2]
        if child and row["action"] != "created":
            continue  # the columns of a new table
        name = child or row["column_name"]
        messages[
            max((item for item in messages if name == item or name.startswith(f"{item}__")), key=len)
        ].append(row)
    return messages


def assert_kept(at: SyncHarness, which: Any) -> None:
    kept = at.snapshot()
    rows = {row["id"]: row for row in at.sandbox.truth()["groups"]}
    assert len(rows) == len(kept.live("groups")) > 5
    for pair in PAIRS:
        for key, row in rows.items():
            assert stored(kept, "groups", key, field(pair)) == spread(KINDS[pair[which(row)]](row)), (
                pair,
                key,
            )


def test_a_field_flips_from_any_type_to_any_other_and_back(at: SyncHarness) -> None:
    show(at.sandbox, lambda row: 0)
    first = at.sync("groups", "tags")
    assert_kept(at, lambda row: 0)
    logged = len(at.snapshot().books["_schema_changes"])

    show(at.sandbox, lambda row: 1)
    at.sandbox.change("tags")
    second = at.sync("groups", "tags")
    assert_kept(at, lambda row: 1)
    assert documented() == {pair: cell(changes(at, logged)[field(pair)], field(pair)) for pair in PAIRS}

    show(at.sandbox, lambda row: row["id"] % 2)
    at.sandbox.change("tags")
    third = at.sync("groups", "tags")
    assert_kept(at, lambda row: row["id"] % 2)
    assert [report.exit_code for report in (first, second, third)] == [0, 0, 0]
    assert [report.outcomes[1].rows_written for report in (second, third)] == [1, 1]


def cell(results: list[Record], name: str) -> str:
    """What became of one pair, in the words of the documentation; exactly one kind of change."""
    output = {_output(row, name) for row in results}
    assert len(output) <= 1, results
    return output.pop() if output else "–"


def _output(row: Mapping[str, Any], name: str) -> str:
    if row["action"] == "created":
        return f"table `t__{row['table_name'].partition('__')[2].replace(name, 'x')}`"
    column = row["column_name"].replace(name, "x")
    if row["action"] == "added":
        return "column `x`" if column == "x" else "columns `x__…`"
    if row["action"] == "converted":
        return f"`x`, as {row['from_type']}"
    return f"`x` becomes {row['to_type']}" if row["action"] == "widened" else f"`{column}`"


def documented() -> dict[tuple[str, str], str]:
    """The table of pairs in the documentation."""
    lines = DOC.read_text("utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("| from"))
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[start : start + 10]]
    kinds = cells[0][1:]
    return {
        (row[0], kind): what
        for row in cells[2:]
        for kind, what in zip(kinds, row[1:], strict=True)
        if kind != row[0]
    }
