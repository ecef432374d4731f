"""How a table differs from what has landed, value by value: an edit in the warehouse leaves no other trace.

Each table is compared as a bag of rows: what stands on one side only, or more often there, differs. So a
changed value, a row too many and a row too few are one question, for the table and for each child table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from fieldhouse.warehouse.drivers.protocol import Database, arrow_type
from fieldhouse.warehouse.drivers.sql import literal, names, quote
from fieldhouse.warehouse.model import TableLoad

from .apply import KeyTable, key_match, landed_keys, landed_rows, stage_keys
from .cast import cast
from .comparable import comparable, variants_of
from .evolve import Plan
from .key_types import stored_key, stored_match
from .partial_rows import drop_stored
from .table_tree import Branch, branches, plan_tree

if TYPE_CHECKING:
    import pyarrow as pa

Key = tuple[Any, ...]
NOT_COMPARED = frozenset({"_synced_at", "_deleted_at", "_row_hash", "_list_hash", "_dlt_load_id"})
"""Columns that describe how a row was read, not its content."""
_SIDE = "_fieldhouse_side"
_LIVE = "t._deleted_at IS NULL"


@dataclass(frozen=True)
class Differences:
    """Keys that landed and are not, or not so, in the table.

    `where` counts the stale rows by what differs: a column of the table, or the name of a child table.
    """

    missing: list[Key] = field(default_factory=list)
    stale: list[Key] = field(default_factory=list)
    columns: Counter[str] = field(default_factory=Counter)

    def __bool__(self) -> bool:
        return bool(self.missing or self.stale)


@dataclass(frozen=True)
class _Sides:
    """A table on both sides: its plan, the landed rows, and the keys that landed."""

    db: Database
    plan: Plan
    source: str
    keys: KeyTable
    link: tuple[str, ...]
    key: tuple[str, ...]
    root: Plan
    counts: str

    def landed(self, column: str) -> str:
        """What a sync would write into the column and its variants."""
        return self._comparable(column, lambda name: self.plan.fills.get(name) or self._null(name))

    def stored_value(self, column: str) -> str:
        """What stands in the column and its variants, in the types that they would have."""
        types, stored = self.plan.types, self.plan.target.stored or {}

        def value(name: str) -> str:
            if name not in stored:
                return self._null(name)
            return cast(self.db.dialect, f"t.{quote(name)}", stored[name], types[name]).value

        return self._comparable(column, value)

    def _null(self, column: str) -> str:
        return f"CAST(NULL AS {self.db.dialect.types[self.plan.types[column]]})"

    def _comparable(self, column: str, value: Callable[[str], str]) -> str:
        known = self.plan.target.wanted.get(column)
        declared = column in self.link or (known is not None and known.declared)
        variants = self._variants.get(column, [])
        return comparable(self.db.dialect, value, self.plan.types, column, variants, declared=declared)

    @cached_property
    def _variants(self) -> dict[str, list[str]]:
        return variants_of(self.plan.types)

    @property
    def columns(self) -> list[str]:
        """The columns that are compared, each together with its variants."""
        beside = {name for names in self._variants.values() for name in names}
        return [name for name in self.plan.types if name not in NOT_COMPARED and name not in beside]

    @property
    def counted(self) -> str:
        """The stored rows of the keys that landed which count."""
        match = stored_match(self.db, self.root, self.key, self.link, self.plan.target.stored)
        return f"{self.plan.target.ref} AS t JOIN {self.keys.ref} AS k ON {match} WHERE {self.counts}"

    def differing(self) -> str:
        """A query for the keys of the rows that stand on one side only."""
        columns = self.columns
        sides = [f"SELECT {_listed(columns, self.landed)}, 1 AS {_SIDE} FROM {self.source}"]
        if self.plan.target.stored is not None:
            sides.append(f"SELECT {_listed(columns, self.stored_value)}, -1 AS {_SIDE} FROM {self.counted}")
        return (
            f"SELECT {_renamed(self.link, self.key)} FROM ({' UNION ALL '.join(sides)}) AS t"
            f" GROUP BY {names(columns)} HAVING sum({_SIDE}) <> 0"
        )


def compare(
    db: Database,
    schema: str,
    landing: str,
    load: TableLoad,
    *,
    drop_partial: bool = True,
    flag: str | None = None,
) -> Differences:
    """Compares the landed rows with the live rows of the same keys; changes nothing that lasts.

    `keep_differing` works on what the last comparison of this connection has found.

    Args:
        drop_partial: of a row whose detail could not be read only its existence is compared.
        flag: the column by which the vendor itself calls rows deleted; such rows are compared with those marked deleted
            as well.
    """
    stored = db.catalogue(schema)
    table_plans = plan_tree(db, schema, landing, load, stored, db.catalogue(landing))
    if drop_partial:
        drop_stored(db, load, table_plans[0])
    root = table_plans[0]
    keys = landed_keys(db, root, load)
    counts = _counts(db, landing, load, root, flag)
    tables = [
        _Sides(db, plan, source, keys, load.key if plan is root else plan.target.key, load.key, root, counts)
        for plan, source in landed_rows(load, table_plans, keys)
    ]
    parts = [(table.plan.target.name, table.differing()) for table in tables]
    parts += _only_stored(tables[0], schema, load, stored, {table.plan.target.name for table in tables})
    union = " UNION ".join(
        f"SELECT {names(load.key)}, CAST({literal(name)} AS {db.dialect.types['text']}) AS part"
        f" FROM ({select}) AS d"
        for name, select in parts
    )
    ref = db.temporary("fieldhouse_differing", union)
    return _classify(db, load, tables[0], ref)


def keep_differing(db: Database, schema: str, landing: str, load: TableLoad) -> None:
    """Takes out of the landed rows those that `compare` found equal: what is applied then mends, and no more.

    Children need no such care: they are applied with the row that they landed with.
    """
    root = plan_tree(db, schema, landing, load, db.catalogue(schema), db.catalogue(landing))[0]
    match = " AND ".join(f"{root.fills[name]} = k.{quote(name)}" for name in load.key)
    db.execute(
        f"DELETE FROM {root.target.landing} AS l WHERE NOT EXISTS"
        f" (SELECT 1 FROM {db.dialect.temporary('fieldhouse_differing')} AS k WHERE {match})"
    )


def drop_flagged(db: Database, landing: str, table: str, flag: str) -> None:
    """Takes out of the landed rows those that the vendor itself calls deleted."""
    flagged = _flagged(db, landing, table, flag)
    if flagged:
        db.execute(f"DELETE FROM {quote(landing)}.{quote(table)} WHERE {flagged}")


def _flagged(db: Database, landing: str, table: str, flag: str) -> str | None:
    """The condition for landed rows that the vendor calls deleted; None if the column has not landed."""
    kind, column = db.catalogue(landing).get(table, {}).get(flag), quote(flag)
    if kind is None:
        return None
    return {"boolean": column, "text": f"{column} NOT IN ('', '0', 'false')"}.get(kind, f"{column} <> 0")


def _counts(db: Database, landing: str, load: TableLoad, root: Plan, flag: str | None) -> str:
    """The condition for stored rows that count: live ones, and all of keys that the vendor calls deleted."""
    flagged = _flagged(db, landing, load.name, flag) if flag else None
    if flagged is None:
        return _LIVE
    keys = ", ".join(f"{root.fills[name]} AS {quote(name)}" for name in load.key)
    ref = db.temporary("fieldhouse_flagged", f"SELECT {keys} FROM {root.target.landing} AS l WHERE {flagged}")
    match = " AND ".join(f"f.{quote(name)} = k.{quote(name)}" for name in load.key)
    return f"({_LIVE} OR EXISTS (SELECT 1 FROM {ref} AS f WHERE {match}))"


def extra(db: Database, schema: str, load: TableLoad) -> pa.Table:
    """The keys that have something live in the warehouse and should not.

    Those of `load.deleted` with a live row, and those of child rows whose row is not there.
    """
    import pyarrow as pa

    stored = db.catalogue(schema)
    if load.name not in stored:
        return pa.table({name: pa.array([], pa.string()) for name in load.key})
    root = plan_tree(db, schema, "", load, stored, {})[0]
    of_row = f"SELECT 1 FROM {root.target.ref} AS t WHERE {key_match(load.key, load.key)} AND {_LIVE}"
    selects = [
        f"SELECT {names(load.key)} FROM (SELECT DISTINCT {_renamed(branch.parent_key, load.key)}"
        f" FROM {branch.ref} AS t WHERE {_LIVE}) AS k WHERE NOT EXISTS ({of_row})"
        for branch in branches(schema, load.name, load.key, stored)
    ]
    if load.deleted is not None and load.deleted.num_rows:
        gone = stage_keys(db, load, root, load.deleted)
        selects.append(f"SELECT {names(load.key)} FROM {gone.ref} AS k WHERE EXISTS ({of_row})")
    kinds = pa.schema([(name, arrow_type(root.types[name])) for name in load.key])
    return db.arrow(" UNION ".join(selects), kinds) if selects else kinds.empty_table()


def _only_stored(
    root: _Sides,
    schema: str,
    load: TableLoad,
    stored: Mapping[str, Mapping[str, str]],
    landed: set[str],
) -> Iterator[tuple[str, str]]:
    """Child rows of landed keys that count, in tables for which nothing has landed."""
    for branch in branches(schema, load.name, load.key, stored):
        if branch.name not in landed and not load.retains(branch.name):
            match = stored_match(root.db, root.plan, load.key, branch.parent_key, stored[branch.name])
            yield branch.name, _of_keys(branch, load, root, match)


def _of_keys(branch: Branch, load: TableLoad, root: _Sides, match: str) -> str:
    renamed = ", ".join(f"k.{quote(name)} AS {quote(name)}" for name in load.key)
    return f"SELECT {renamed} FROM {branch.ref} AS t JOIN {root.keys.ref} AS k ON {match} WHERE {root.counts}"


def _classify(db: Database, load: TableLoad, root: _Sides, ref: str) -> Differences:
    """The keys by kind, and where the stale ones differ."""
    live = "FALSE"
    if root.plan.target.stored is not None:
        match = stored_match(db, root.plan, load.key, load.key, root.plan.target.stored)
        live = f"EXISTS (SELECT 1 FROM {root.plan.target.ref} AS t WHERE {match} AND {root.counts})"
    where: Counter[str] = Counter()
    kinds: dict[Key, bool] = {}
    for *key, part, is_live in db.fetch(f"SELECT {names(load.key)}, part, {live} FROM {ref} AS k"):
        kinds[tuple(key)] = is_live
        where[part] += bool(is_live)
    if where.pop(load.name, 0):
        where.update(_columns(db, load, root, ref))
    return Differences(
        [key for key, is_live in kinds.items() if not is_live],
        [key for key, is_live in kinds.items() if is_live],
        +where,
    )


def _columns(db: Database, load: TableLoad, root: _Sides, ref: str) -> dict[str, int]:
    """How many stale rows differ in each of the table's own columns; a row that stands twice, in none."""
    columns = [column for column in root.columns if column not in load.key]
    if not columns:
        return {}
    counts = ", ".join(
        f"count(*) FILTER (WHERE {root.landed(column)} IS DISTINCT FROM {root.stored_value(column)})"
        for column in columns
    )
    landed = " AND ".join(f"{root.plan.fills[name]} = {stored_key(db, root.plan, name)}" for name in load.key)
    match = stored_match(db, root.plan, load.key, load.key, root.plan.target.stored)
    joined = (
        f"{root.source} JOIN {root.plan.target.ref} AS t ON {landed}"
        f" JOIN {ref} AS k ON {match} AND k.part = {literal(load.name)}"
    )
    differing = db.fetch(f"SELECT {counts} FROM {joined} WHERE {root.counts}")[0]
    return {column: count for column, count in zip(columns, differing, strict=True) if count}


def _listed(columns: Sequence[str], value: Any) -> str:
    return ", ".join(f"{value(column)} AS {quote(column)}" for column in columns)


def _renamed(columns: Sequence[str], key: Sequence[str]) -> str:
    return ", ".join(f"{quote(c)} AS {quote(name)}" for c, name in zip(columns, key, strict=True))
