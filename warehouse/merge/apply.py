"""One load into one table and its children, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from fieldhouse.warehouse.drivers.protocol import Database, logical_of
from fieldhouse.warehouse.drivers.sql import literal, names, quote
from fieldhouse.warehouse.errors import SchemaFrozen, WarehouseError
from fieldhouse.warehouse.metadata import dlt_tables
from fieldhouse.warehouse.metadata.books import log_changes, new_changes, put_states
from fieldhouse.warehouse.model import Applied, SchemaChange, TableLoad

from .cast import cast
from .evolve import Plan, change_table, column_comments, is_ours
from .history import history_of, record
from .partial_rows import PartialRows, keeps_children, put_back, set_aside
from .table_tree import Branch, branches, plan_tree

if TYPE_CHECKING:
    import pyarrow as pa

_OURS = ("_deleted_at", "_dlt_load_id")
_RANK = "_fieldhouse_rank"


@dataclass(frozen=True)
class KeyTable:
    """Keys in a temporary table, in the types of the final key, and how many there are."""

    ref: str
    count: int
    copies: int = 1


@dataclass
class Counts:
    """Rows written, deleted and restored, and the temporary tables of the keys whose rows changed."""

    written: int = 0
    deleted: int = 0
    restored: int = 0
    changed_keys: list[str] = field(default_factory=list)

    def add(self, keys: KeyTable) -> KeyTable:
        """Note changed keys, for the history."""
        self.changed_keys.append(keys.ref)
        return keys


def apply(
    db: Database, schema: str, landing: str, load: TableLoad, may_commit: Callable[[], None] = lambda: None
) -> Applied:
    """Applies a load: all of it becomes visible at once, or none.

    Order: the schema, the landed rows with their children, touched keys, deletes, the books. A touched row is
    one that the vendor still has: a deletion mark on it is taken back. `may_commit` is called first in the
    transaction. Raises SchemaFrozen, SchemaConflict, and what `may_commit` raises.
    """
    with db.transaction():
        may_commit()
        stored, landed = db.catalogue(schema), db.catalogue(landing) if load.landed else {}
        if load.landed and load.name not in landed:
            raise WarehouseError(f"nothing landed as {landing}.{load.name}")
        table_plans = plan_tree(db, schema, landing, load, stored, landed)
        changes = [change for plan in table_plans for change in plan.changes]
        changes += new_changes(db, schema, load.overflowed)
        _refuse_changes(load, changes, is_new=load.name not in stored)
        for plan in table_plans:
            change_table(db, plan)
        run_id = load.run_id or load.load_id
        comments = {
            plan.target.name: {**column_comments(plan, plan.types), "": plan.target.description}
            for plan in (table_plans if load.history else ())
        }
        if load.history and load.name in stored and history_of(load.name) not in stored:
            record(db, schema, load.name, load.key, at=load.synced_at, run_id=run_id, comments=comments)
        done = _rows(db, schema, load, table_plans)
        if load.landed and dlt_tables.LOADS in stored:
            dlt_tables.record_load(db, schema, load.load_id, load.synced_at)
        logged = log_changes(db, schema, changes, load.synced_at, run_id)
        if load.history and (done.changed_keys or load.name not in stored):
            record(
                db,
                schema,
                load.name,
                load.key,
                at=load.synced_at,
                run_id=run_id,
                met=done.changed_keys,
                comments=comments,
            )
        if load.state is not None:
            put_states(db, schema, {load.name: load.state}, load.synced_at)
    changes = [change for change in changes if change in logged or change.action == "discarded"]
    return Applied(done.written, done.deleted, done.restored, _new_columns(load, changes), changes)


def _refuse_changes(load: TableLoad, changes: Sequence[SchemaChange], is_new: bool) -> None:
    """A frozen schema may still be created, and have columns of our own added."""
    different = [
        str(change) for change in changes if not is_ours(change.column) and change.action != "converted"
    ]
    if load.drift == "freeze" and different and not is_new:
        raise SchemaFrozen(load.name, different)


def _new_columns(load: TableLoad, changes: Sequence[SchemaChange]) -> list[str]:
    """The columns that joined existing tables; those of a child table with the table's name before them."""
    created = {change.table for change in changes if change.action == "created"}
    return [
        change.column if change.table == load.name else f"{change.table}.{change.column}"
        for change in changes
        if change.table not in created and (change.action == "added" or change.action.startswith("variant"))
    ]


def _rows(db: Database, schema: str, load: TableLoad, table_plans: Sequence[Plan]) -> Counts:
    """Writes, marks and removes the load's rows with their children."""
    root = table_plans[0]
    tree = branches(schema, load.name, load.key, db.catalogue(schema))
    if not load.key:
        return _replace(db, load, table_plans, tree)
    done = Counts()
    winners = landed_keys(db, root, load) if load.landed else KeyTable("", 0)
    if load.full_replace:
        absent = done.add(_absent(db, root, load, winners))
        done.deleted += _delete(db, load, root, tree, absent)
    if winners.count:
        done.add(winners)
        partial = set_aside(db, load, root, winners.ref)
        done.restored += _remove(db, load, root, tree, winners, partial)
        done.written += _insert(db, load, table_plans, winners)
        put_back(db, load, root, partial)
    if load.rechecked is not None and load.rechecked.num_rows:
        touched = done.add(stage_keys(db, load, root, load.rechecked, "fieldhouse_touched"))
        done.restored += _mark_rechecked(db, load, root, tree, touched)
    if load.deleted is not None and load.deleted.num_rows:
        gone = done.add(stage_keys(db, load, root, load.deleted, "fieldhouse_deleted"))
        done.deleted += _delete(db, load, root, tree, gone)
    if load.removed is not None and load.removed.num_rows:
        outside = done.add(stage_keys(db, load, root, load.removed, "fieldhouse_removed"))
        _delete(db, replace(load, deletes="hard"), root, tree, outside)
    return done


def landed_keys(db: Database, root: Plan, load: TableLoad) -> KeyTable:
    """The landed keys, each with the newest of its versions."""
    keys = ", ".join(f"{root.fills[name]} AS {quote(name)}" for name in load.key)
    places = ", ".join(str(n + 1) for n in range(len(load.key)))
    ref = db.temporary(
        "fieldhouse_winners",
        f"SELECT {keys}, max(l._synced_at) AS _synced_at, count(*) AS copies"
        f" FROM {root.target.landing} AS l GROUP BY {places}",
    )
    count, copies = db.fetch(f"SELECT count(*), coalesce(max(copies), 0) FROM {ref}")[0]
    return KeyTable(ref, count, copies)


def _absent(db: Database, root: Plan, load: TableLoad, winners: KeyTable) -> KeyTable:
    """The keys that the table holds and that did not land."""
    missing = f" WHERE NOT EXISTS (SELECT 1 FROM {winners.ref} AS k WHERE {key_match(load.key, load.key)})"
    ref = db.temporary(
        "fieldhouse_absent",
        f"SELECT {names(load.key)} FROM {root.target.ref} AS t{missing if winners.count else ''}",
    )
    return KeyTable(ref, int(db.fetch(f"SELECT count(*) FROM {ref}")[0][0]))


def stage_keys(
    db: Database, load: TableLoad, root: Plan, keys: pa.Table, name: str = "fieldhouse_keys"
) -> KeyTable:
    """Given keys as a temporary table of that name, in the types of the final key."""
    sent = db.stage("fieldhouse_sent", keys.select(list(load.key)))
    kinds = {field.name: logical_of(field.type) for field in keys.schema}
    cast_keys = ", ".join(
        f"{cast(db.dialect, quote(name), kinds[name], root.types[name]).value} AS {quote(name)}"
        for name in load.key
    )
    ref = db.temporary(name, f"SELECT DISTINCT {cast_keys} FROM {sent}")
    return KeyTable(ref, keys.num_rows)


def _remove(
    db: Database,
    load: TableLoad,
    root: Plan,
    tree: Sequence[Branch],
    keys: KeyTable,
    partial: PartialRows | None,
) -> int:
    """Takes rows out with all their children, but for retained ones; returns how many rows were marked deleted."""
    if root.target.stored is None:
        return 0
    marked = _marked(db, load, root, keys)
    db.execute(
        f"DELETE FROM {root.target.ref} AS t USING {keys.ref} AS k WHERE {key_match(load.key, load.key)}"
    )
    for branch in tree:
        if load.retains(branch.name):
            continue
        match = key_match(branch.parent_key, load.key)
        if partial and keeps_children(load, partial, branch.name):
            rows = " AND ".join(f"p.{quote(name)} = k.{quote(name)}" for name in load.key)
            match += f" AND NOT EXISTS (SELECT 1 FROM {partial.ref} AS p WHERE {rows})"
        db.execute(f"DELETE FROM {branch.ref} AS t USING {keys.ref} AS k WHERE {match}")
    return marked


def _insert(db: Database, load: TableLoad, table_plans: Sequence[Plan], winners: KeyTable) -> int:
    """Writes the winning version of each landed row, and the children of that version only."""
    counts = [
        _insert_into(db, load, plan, source) for plan, source in landed_rows(load, table_plans, winners)
    ]
    return counts[0]


def landed_rows(
    load: TableLoad, table_plans: Sequence[Plan], winners: KeyTable
) -> Iterator[tuple[Plan, str]]:
    """For the table and each child that landed: its plan, and the winning rows to select from."""
    repeated = winners.copies > 1
    yield table_plans[0], _ranked(table_plans[0], repeated)
    for child in table_plans[1:]:
        if child.target.landed is None:
            continue
        link = child.target.key
        fills = [f"{child.fills[name]} = k.{quote(key)}" for name, key in zip(link, load.key, strict=True)]
        match = " AND ".join([*fills, "l._synced_at = k._synced_at"])
        yield child, f"{_ranked(child, repeated)} JOIN {winners.ref} AS k ON {match}"


def _insert_into(db: Database, load: TableLoad, plan: Plan, source: str) -> int:
    """`_deleted_at` is ours to set, and stays null."""
    fills = {name: value for name, value in plan.fills.items() if name not in _OURS}
    fills["_dlt_load_id"] = literal(load.load_id)
    return db.execute(
        f"INSERT INTO {plan.target.ref} ({names(fills)}) SELECT {', '.join(fills.values())} FROM {source}"
    )


def _ranked(plan: Plan, repeated: bool) -> str:
    """The landed rows; where keys repeat, one row of each identity: the newest, any one of equals.

    A child's identity has its moment in it: children of an older version fall away where they meet the
    winners, not here.
    """
    target = plan.target
    if not repeated:
        return f"{target.landing} AS l"
    if target.unique:
        identity, order = (
            list(target.key),
            "_synced_at DESC, _row_hash" if "_row_hash" in (target.landed or {}) else "_synced_at DESC",
        )
    else:
        own = [c for c in target.landed or {} if c.startswith(("_root_", "_parent_", "_list_"))]
        identity, order = [*own, "_synced_at"], "_synced_at"
    rank = f"row_number() OVER (PARTITION BY {names(identity)} ORDER BY {order}) AS {_RANK}"
    return f"(SELECT * FROM (SELECT *, {rank} FROM {target.landing}) AS r WHERE {_RANK} = 1) AS l"


def _mark_rechecked(db: Database, load: TableLoad, root: Plan, tree: Sequence[Branch], keys: KeyTable) -> int:
    """Moves `_synced_at` of rows that were read and had not changed; returns how many come back so."""
    marked = _marked(db, load, root, keys)
    what = f"SET _synced_at = {literal(load.synced_at)}, _deleted_at = NULL"
    for branch in (Branch(root.target.ref, load.key), *tree):
        match = key_match(branch.parent_key, load.key)
        db.execute(f"UPDATE {branch.ref} AS t {what} FROM {keys.ref} AS k WHERE {match}")
    return marked


def _delete(db: Database, load: TableLoad, root: Plan, tree: Sequence[Branch], keys: KeyTable) -> int:
    """Marks or removes rows and their children; returns how many rows were live until now."""
    gone = 0
    for branch in (*tree, Branch(root.target.ref, load.key)):
        match = key_match(branch.parent_key, load.key)
        live = f"{match} AND t._deleted_at IS NULL"
        if load.deletes == "soft":
            what = f"SET _deleted_at = {literal(load.synced_at)}"
            gone = db.execute(f"UPDATE {branch.ref} AS t {what} FROM {keys.ref} AS k WHERE {live}")
            continue
        gone = db.execute(f"DELETE FROM {branch.ref} AS t USING {keys.ref} AS k WHERE {live}")
        db.execute(f"DELETE FROM {branch.ref} AS t USING {keys.ref} AS k WHERE {match}")
    return gone


def _replace(db: Database, load: TableLoad, table_plans: Sequence[Plan], tree: Sequence[Branch]) -> Counts:
    """Replaces a table without a key whole; what shrinks counts as deleted."""
    root = table_plans[0]
    for branch in tree:
        db.execute(f"DELETE FROM {branch.ref}")
    before = db.execute(f"DELETE FROM {root.target.ref}")
    written = _insert_into(db, load, root, f"{root.target.landing} AS l") if load.landed else 0
    for child in table_plans[1:]:
        if child.target.landed is not None:
            _insert_into(db, load, child, f"{child.target.landing} AS l")
    return Counts(written, max(before - written, 0))


def _marked(db: Database, load: TableLoad, root: Plan, keys: KeyTable) -> int:
    """How many rows of these keys are marked deleted."""
    joined = f"{root.target.ref} AS t JOIN {keys.ref} AS k ON {key_match(load.key, load.key)}"
    return int(db.fetch(f"SELECT count(*) FROM {joined} WHERE t._deleted_at IS NOT NULL")[0][0])


def key_match(columns: Sequence[str], key: Sequence[str]) -> str:
    """The rows of `t` that belong to the keys of `k`."""
    return " AND ".join(f"t.{quote(c)} = k.{quote(name)}" for c, name in zip(columns, key, strict=True))
