"""A table with its children: what each should have, and what belongs to it in the database."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from fieldhouse.warehouse.drivers.protocol import Database
from fieldhouse.warehouse.drivers.sql import quote
from fieldhouse.warehouse.model import Child, Column, TableLoad

from .evolve import Plan, Target, is_ours, plan_table

Catalogue = Mapping[str, Mapping[str, str]]
BOOKKEEPING = {
    "_synced_at": "timestamp",
    "_deleted_at": "timestamp",
    "_row_hash": "bigint",
    "_list_hash": "bigint",
    "_list_index": "bigint",
    "_parent_index": "bigint",
    "_dlt_load_id": "text",
}
_ROOT_ADDED = ("_synced_at", "_deleted_at", "_row_hash", "_dlt_load_id")
_CHILD_ADDED = ("_list_index", "_synced_at", "_deleted_at", "_dlt_load_id")


@dataclass(frozen=True)
class Branch:
    """A child table in the database and its columns that hold the root's key."""

    ref: str
    parent_key: tuple[str, ...]
    name: str = ""


def parent_key(table: str, key: tuple[str, ...], columns: Iterable[str]) -> tuple[str, ...]:
    """The columns of a child table that hold the root's key; empty where it has none.

    A child of a child has them as `_root_…`, a child as `_parent_…`; see the naming of child tables.
    """
    stored = set(columns)
    for prefix in ("_root", "_parent"):
        link = (f"{prefix}_id",) if len(key) == 1 else tuple(f"{prefix}_{name}" for name in key)
        if stored.issuperset(link):
            return link
    return ()


def branches(schema: str, table: str, key: tuple[str, ...], stored: Catalogue) -> list[Branch]:
    """Every child table that the database holds, also those that the current load does not know."""
    tables = []
    for name, columns in stored.items():
        if name.startswith(f"{table}__") and "_list_index" in columns:
            link = parent_key(name, key, columns) if key else ()
            if link or not key:
                tables.append(Branch(f"{quote(schema)}.{quote(name)}", link, name))
    return tables


def plan_tree(
    db: Database, schema: str, landing: str, load: TableLoad, stored: Catalogue, landed: Catalogue
) -> list[Plan]:
    """The plan of the table, then of each child."""
    root = plan_table(db, _root(schema, landing, load, stored, landed))
    types = [root.types[name] for name in load.key]
    table_plans = [root]
    for child in load.children:
        if load.drift == "discard" and _is_unknown(child, stored):
            root.log(child.name, "", "table", "discarded")
            continue
        table_plans.append(
            plan_table(
                db,
                _child(
                    schema,
                    landing,
                    load,
                    child,
                    dict(zip(child.parent_key, types, strict=True)),
                    stored,
                    landed,
                ),
            )
        )
    return [*table_plans, *_following(db, schema, load, root, stored)]


def _following(db: Database, schema: str, load: TableLoad, root: Plan, stored: Catalogue) -> Iterator[Plan]:
    """Stored child tables that the load does not know, if the root's key changes its type."""
    known = {child.name for child in load.children}
    for branch in branches(schema, load.name, load.key, stored):
        columns = stored[branch.name]
        follow = {column: root.types[name] for column, name in zip(branch.parent_key, load.key, strict=False)}
        if branch.name in known or all(columns[column] == kind for column, kind in follow.items()):
            continue
        wanted = {column: Column(column, kind, declared=True) for column, kind in follow.items()}
        target = Target(schema, branch.name, wanted, columns, "", None, branch.parent_key, follow=follow)
        yield plan_table(db, target)


def _is_unknown(child: Child, stored: Catalogue) -> bool:
    return child.name not in stored and not any(
        column.declared and not is_ours(column.name) for column in child.columns
    )


def _root(schema: str, landing: str, load: TableLoad, stored: Catalogue, landed: Catalogue) -> Target:
    rows = landed.get(load.name) if load.landed else None
    return Target(
        schema=schema,
        name=load.name,
        wanted=_wanted(load.columns, _ROOT_ADDED, rows),
        stored=stored.get(load.name),
        landing=f"{quote(landing)}.{quote(load.name)}",
        landed=rows,
        key=load.key,
        unique=True,
        drift=load.drift,
        description=load.description,
    )


def _child(
    schema: str,
    landing: str,
    load: TableLoad,
    child: Child,
    follow: Mapping[str, str],
    stored: Catalogue,
    landed: Catalogue,
) -> Target:
    rows = landed.get(child.name) if load.landed else None
    links = tuple(Column(name, kind, declared=True) for name, kind in follow.items())
    return Target(
        schema=schema,
        name=child.name,
        wanted=_wanted((*child.columns, *links), _CHILD_ADDED, rows),
        stored=stored.get(child.name),
        landing=f"{quote(landing)}.{quote(child.name)}",
        landed=rows,
        key=child.parent_key,
        drift=load.drift,
        follow=follow,
        description=child.description,
    )


def _wanted(
    columns: Iterable[Column], added: Iterable[str], landed: Mapping[str, str] | None
) -> dict[str, Column]:
    """The given columns, then our own: those that every table has, and those that landed."""
    wanted = {column.name: column for column in columns}
    added_names = [
        *(name for name in landed or {} if name.startswith(("_root_", "_parent_", "_list_"))),
        *added,
    ]
    for name in added_names:
        kind = BOOKKEEPING.get(name) or (landed or {})[name]
        wanted.setdefault(name, Column(name, kind, declared=True))
    return wanted
