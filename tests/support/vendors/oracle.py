"""What a warehouse should hold, said without the engine: the sandbox's truth against the tables, value by value.

Nothing here is shared with the sync. Names, children and kinds follow the contract's own few sentences, written a
second time, so that a mistake of the engine cannot hide in the test of it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from tests.support.vendors.expected_rows import (
    ExpectedTable,
    Identity,
    Record,
    snake,
    spread_table,
)
from tests.support.vendors.facts import VENDOR_FACTS
from tests.support.warehouse.value_equality import equal_values
from tests.support.warehouse.warehouse_snapshot import Snapshot

Truth = Mapping[str, list[dict[str, Any]]]
DifferenceKind = Literal[
    "missing table", "missing column", "missing row", "extra row", "row held twice", "wrong value"
]

_VARIANT = re.compile(r"__v_(text|bigint|double|decimal|boolean|timestamp|date|json)_*$")
_DIGITS = re.compile(r"-?\d+")
_MOST_SHOWN = 60


@dataclass(frozen=True)
class Difference:
    """One thing that is not as the vendor has it. ``key`` is the row's, a child's begins with its root's."""

    table: str
    kind: DifferenceKind
    key: Identity = ()
    column: str = ""
    expected: Any = None
    actual: Any = None

    def __str__(self) -> str:
        where = f"{self.table}{list(self.key) if self.key else ''}{'.' + self.column if self.column else ''}"
        if self.kind in ("wrong value", "missing column"):
            return f"{where}: {self.kind}: wanted {_short(self.expected)}, found {_short(self.actual)}"
        return f"{where}: {self.kind}"


@dataclass(frozen=True)
class Declared:
    """One line of the inventory: a table, its key, and the child tables that it is documented to have."""

    vendor: str
    table: str
    key: tuple[str, ...]
    children: tuple[str, ...]


def inventory(vendor: str) -> dict[str, Declared]:
    """The tables that a vendor must have, by name."""
    return {
        table: Declared(vendor, table, tuple(key.split()), tuple(children.split()))
        for table, (key, children) in VENDOR_FACTS[vendor].tables.items()
    }


def differences(snapshot: Snapshot, vendor: str, truth: Truth, only: Iterable[str] = ()) -> list[Difference]:
    """Everything in which the live rows of ``held`` are not the truth.

    Args:
        only: the tables of the inventory to compare, with their children; all where none is named.
    """
    declared = inventory(vendor)
    names = [name for name in truth if not only or name in set(only)]
    wanted: dict[str, ExpectedTable] = {}
    marked: list[Difference] = []
    for name in names:
        snapshot, amiss = _unmarked(snapshot, vendor, name, declared[name].key, truth[name])
        marked += amiss
        spread_table(
            wanted,
            snapshot,
            name,
            declared[name].key,
            [VENDOR_FACTS[vendor].as_stored(row) for row in truth[name]],
        )
    results = marked
    for table, rows in wanted.items():
        results += (
            _compare(snapshot, vendor, rows)
            if table in snapshot.columns
            else _no_table(rows, root=table in truth)
        )
    for table in snapshot.columns:
        family = table.partition("__")[0]
        if table not in wanted and family in names:
            results += [Difference(table, "extra row", _text_key(row)) for row in snapshot.live(table)]
    return results


def keyed(vendor: str, table: str, truth: Truth) -> dict[Identity, Record]:
    """The records of one table by key, as the warehouse names and orders its parts."""
    key = inventory(vendor)[table].key
    results: dict[Identity, Record] = {}
    for record in truth[table]:
        named = {snake(name): value for name, value in record.items()}
        results[tuple(str(named[column]) for column in key)] = record
    return results


def describe(results: list[Difference]) -> str:
    """The first differences, a line each, and how many there are: the message of a failed assertion."""
    return "\n".join([f"{len(results)} differences", *map(str, results[:25])])


def _unmarked(
    snapshot: Snapshot, vendor: str, table: str, key: tuple[str, ...], records: list[dict[str, Any]]
) -> tuple[Snapshot, list[Difference]]:
    """Where a vendor lists deleted rows with a flag, those must be marked; then they are compared like others."""
    flag = VENDOR_FACTS[vendor].flags.get(table)
    if flag is None or table not in snapshot.rows:
        return snapshot, []
    gone = {tuple(str(record[name]) for name in key) for record in records if record.get(flag)}
    rows, amiss = [], []
    for row in snapshot.rows[table]:
        identity = tuple(str(row[name]) for name in key)
        if identity in gone and row["_deleted_at"] is None:
            amiss.append(Difference(table, "extra row", identity))
        rows.append({**row, "_deleted_at": None} if identity in gone else row)
    return replace(snapshot, rows={**snapshot.rows, table: rows}), amiss


def _no_table(wanted: ExpectedTable, *, root: bool) -> list[Difference]:
    """A table of the inventory must be there; a child table only once it has rows."""
    return [Difference(wanted.table, "missing table")] if root or wanted.rows else []


def _compare(snapshot: Snapshot, vendor: str, wanted: ExpectedTable) -> list[Difference]:
    kinds = {name: kind for name, kind in snapshot.columns[wanted.table].items() if not _is_ours(name)}
    results: dict[Identity, list[Record]] = defaultdict(list)
    for row in snapshot.live(wanted.table):
        results[_identity(row, wanted)].append(row)
    result: list[Difference] = []
    for name in sorted(wanted.columns - kinds.keys()):
        values = [row[name] for rows in wanted.rows.values() for row in rows if row.get(name) is not None]
        if values:
            result.append(Difference(wanted.table, "missing column", (), name, values[0]))
    ids = {name for name, kind in kinds.items() if kind == "text" and _holds_ids(name, wanted)}
    columns = {name: (kind, name in ids) for name, kind in kinds.items()}
    for key in wanted.rows.keys() | results.keys():
        result += _compare_key(vendor, wanted, key, results.get(key, []), columns)
    return result


def _compare_key(
    vendor: str,
    wanted: ExpectedTable,
    key: Identity,
    results: list[Record],
    columns: Mapping[str, tuple[str, bool]],
) -> list[Difference]:
    rows = wanted.rows.get(key, [])
    if len(rows) > len(results):
        return [Difference(wanted.table, "missing row", key)]
    if len(rows) < len(results):
        return [Difference(wanted.table, "row held twice" if rows else "extra row", key)]
    left = list(results)
    result: list[Difference] = []
    for row in rows:  # nearly always one: several only where a list holds two items with one id
        judged = [_wrong(vendor, wanted.table, key, row, other, columns) for other in left]
        best = min(range(len(left)), key=lambda place: len(judged[place]))
        result += judged[best]
        del left[best]
    return result


def _wrong(
    vendor: str,
    table: str,
    key: Identity,
    row: Record,
    results: Record,
    columns: Mapping[str, tuple[str, bool]],
) -> list[Difference]:
    result = []
    for name, (kind, is_id) in columns.items():
        value = row.get(name)
        if name not in row and VENDOR_FACTS[vendor].derived(name):
            continue
        if equal_values(value, results[name], kind, is_id):
            continue
        if _VARIANT.sub("", name) in columns.keys() - {name}:
            continue  # judged with its column
        beside = [item for item in columns if _VARIANT.sub("", item) == name != item]
        filled = [item for item in (name, *beside) if results[item] is not None]
        if len(filled) == 1 and equal_values(value, results[filled[0]], columns[filled[0]][0], False):
            continue
        result.append(Difference(table, "wrong value", key, name, value, results[name]))
    return result


def _identity(row: Record, wanted: ExpectedTable) -> Identity:
    if "_list_index" not in row:
        return tuple(str(row[column]) for column in wanted.key)
    link = "_root_" if wanted.nested else "_parent_"
    names = ["id"] if len(wanted.key) == 1 else list(wanted.key)
    root = tuple(str(row[f"{link}{name}"]) for name in names)
    if not wanted.nested:
        return (*root, row["_list_index"])
    own = row.get("_parent_id")
    parent = ("index", row.get("_parent_index")) if own is None else ("id", str(own))
    return (*root, *parent, row["_list_index"])


def _text_key(row: Record) -> Identity:
    return tuple(str(value) for name, value in row.items() if name in ("id", "_parent_id", "_list_index"))


def _is_ours(name: str) -> bool:
    return name.startswith("_") and not name[1:2].isdigit()


def _holds_ids(name: str, wanted: ExpectedTable) -> bool:
    """A text column is one of ids where it is called so, or where the vendor sends nothing but whole numbers."""
    if name == "id" or name.endswith("_id") or name in wanted.key:
        return True
    sent = {str(row.get(name)) for rows in wanted.rows.values() for row in rows} - {"None", "", "0"}
    return all(_DIGITS.fullmatch(value) for value in sent)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
