"""One batch of records as tables: the root, its child tables, theirs, and what ties them together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from fieldhouse.sources.engine.spec.naming import apart, joined, shortened
from fieldhouse.sources.engine.spec.row import Declaration
from fieldhouse.sources.engine.spec.text import json_text

from .flatten import Flattener, Issues
from .frames import Column, Sheet
from .masking import Privacy
from .pivot import EMPTY
from .table_schema import TableSchema


@dataclass(frozen=True)
class Lineage:
    """For each row of a table: the key of its root row, when that was read, what its children refer to.

    ``ids`` is the rows' own id (None for the root, whose children take its key), ``places`` their
    ``_list_index``.
    """

    keys: dict[str, pa.Array]
    synced: pa.Array
    places: pa.Array | None = None
    ids: pa.Array | None = None
    has_id: bool = True
    generation: int = 0

    def below(self, parents: pa.Array) -> dict[str, pa.Array]:
        """The columns that tie child rows to their parents, given the position of each one's parent."""
        rooted = {name: column.take(parents) for name, column in self.keys.items()}
        if self.places is None:
            return {_tie("_parent", name, self.keys): column for name, column in rooted.items()}
        ids = pa.nulls(len(parents)) if self.ids is None else self.ids.take(parents)
        tied = {"_parent_id": ids}
        if not self.has_id or ids.null_count:
            places = self.places.take(parents)
            tied["_parent_index"] = pc.if_else(ids.is_null(), places, pa.scalar(None, pa.int64()))
        return tied | {_tie("_root", name, self.keys): column for name, column in rooted.items()}


def _tie(whose: str, name: str, keys: dict[str, pa.Array]) -> str:
    return f"{whose}_id" if len(keys) == 1 else shortened(f"{whose}_{name}")


class Batch:
    """Tables under construction. ``tables`` and ``columns`` hold each parent before its children.

    ``parents`` is kept from batch to batch: the table above each child table. A list in an object and one in
    a list can meet in one name (``a.b`` and ``a[].b``); whoever comes second gets a name of its own.
    """

    def __init__(
        self, privacy: Privacy, depth: int, parents: dict[str, str], *, widens_ids: bool = True
    ) -> None:
        self.privacy, self.depth, self.parents, self.widens_ids = privacy, depth, parents, widens_ids
        self.issues = Issues()
        self.tables: dict[str, pa.Table] = {}
        self.columns: dict[str, dict[str, Column]] = {}

    def root(
        self,
        shape: TableSchema,
        key: tuple[str, ...],
        records: Sequence[dict[str, Any]],
        synced: pa.Array,
        hashes: pa.Array,
    ) -> None:
        """Add the root table and all below it."""
        filling = self._filled(shape, records, 0, key)
        table = self._kept(shape, filling, {"_synced_at": synced, "_row_hash": hashes})
        lineage = Lineage({name: _column(table, name) for name in key}, synced)
        self._children(shape, filling, lineage)

    def _filled(
        self,
        shape: TableSchema,
        objects: Sequence[dict[str, Any]],
        generation: int,
        key: tuple[str, ...] = (),
    ) -> Flattener:
        sheet = Sheet(shape.table, len(objects))
        filling = Flattener(
            sheet,
            self.privacy,
            self.issues,
            depth=self.depth,
            listing=generation < self.depth,
            key=key,
            widens_ids=self.widens_ids,
        )
        filling.flatten(objects, shape.tree)
        return filling

    def _kept(self, shape: TableSchema, filling: Flattener, added: dict[str, pa.Array]) -> pa.Table:
        table, columns = filling.sheet.sorted_table(shape.columns, added)
        self.tables[shape.table], self.columns[shape.table] = table, columns
        return table

    def _children(self, shape: TableSchema, filling: Flattener, lineage: Lineage) -> None:
        for name, child in shape.children.items():
            self.parents[child.table] = shape.table
            self._child(child, filling.lists.pop(name, []), lineage)
        for name, lists in filling.lists.items():
            table = joined(shape.table, name)
            if self.parents.setdefault(table, shape.table) != shape.table:
                table = apart(table, shape.table)
            self._child(TableSchema(table), lists, lineage)

    def _child(self, shape: TableSchema, lists: list[list[Any] | None], lineage: Lineage) -> None:
        parents: list[int] = []
        places: list[int] = []
        items: list[Any] = []
        for row, items_of_row in enumerate(lists):
            if items_of_row:
                parents += [row] * len(items_of_row)
                places += range(len(items_of_row))
                items += items_of_row
        above, index = pa.array(parents, pa.int64()), pa.array(places, pa.int64())
        synced = lineage.synced.take(above)
        filling = self._filled(shape, self._objects(shape, items), lineage.generation + 1)
        ties = lineage.below(above)
        table = self._kept(shape, filling, {**ties, "_list_index": index, "_synced_at": synced})
        keys = {name: column.take(above) for name, column in lineage.keys.items()}
        ids = _column(table, "id") if "id" in table.column_names else None
        has_id = any(column.name == "id" for column in shape.columns)
        self._children(shape, filling, Lineage(keys, synced, index, ids, has_id, lineage.generation + 1))

    def _objects(self, shape: TableSchema, items: list[Any]) -> list[dict[str, Any]]:
        """List items as objects: a plain value is the object ``{"value": it}``, null an empty one."""
        if set(map(type, items)) <= {dict}:
            return items
        declared = isinstance(shape.tree.get("value"), Declaration)
        return [item if type(item) is dict else self._wrapped(shape.table, item, declared) for item in items]

    def _wrapped(self, table: str, item: Any, declared: bool) -> dict[str, Any]:
        if item is None:
            return EMPTY
        if type(item) is list and not declared:
            return {"value": json_text(self.privacy.pruned(item, table, "value"))}
        return {"value": item}


def _column(table: pa.Table, name: str) -> pa.Array:
    return table.column(name).combine_chunks()
