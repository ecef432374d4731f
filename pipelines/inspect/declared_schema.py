"""Declared schema: the tables of a vendor with their columns, keys and relations, as a sync creates them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fieldhouse.pipelines.sync.table_load import VERSION_COLUMNS, declared_columns, parent_key
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.normalize.frames import logical
from fieldhouse.sources.engine.spec.row import ColumnType, Declaration, declared
from fieldhouse.sources.engine.spec.table import Table
from fieldhouse.sources.engine.spec.vendor import Vendor

_ADDED = {
    "_parent_id": ("bigint", "the id of the row that contains this one"),
    "_root_id": ("bigint", "the key of the table's row that contains this one"),
    "_parent_index": ("bigint", "position of the row that contains this one in its list"),
    "_list_index": ("bigint", "position in the list, from 0"),
    **VERSION_COLUMNS,
}
"""Columns that a sync adds -> their type and description; keys of parents have the parent's type instead."""


@dataclass(frozen=True)
class DeclaredColumn:
    """One column.

    Attributes:
        type: the warehouse's logical type, such as ``bigint`` or ``timestamp``.
        references: ``table.column`` that the values are keys of; empty for none.
        is_key: True if it is a part of the primary key.
        is_added: True if a sync adds it; the vendor has no such field.
    """

    name: str
    type: str
    description: str = ""
    references: str = ""
    is_key: bool = False
    is_added: bool = False
    is_personal: bool = False
    example: object = None


@dataclass(frozen=True)
class DeclaredTable:
    """A table of the inventory, or a child table of one.

    Attributes:
        parent: the table that a child table's rows belong to, directly; empty for a table of the inventory.
        root: the table of the inventory; ``tie`` are the child's columns that hold its key.
    """

    vendor: str
    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[DeclaredColumn, ...]
    root: str
    parent: str = ""
    tie: tuple[str, ...] = ()

    @property
    def relations(self) -> list[tuple[str, str, str]]:
        """Column, table and column that it refers to, for every reference to one column."""
        split = [
            (column.name, *column.references.split(".", 1)) for column in self.columns if column.references
        ]
        return [(name, table, other) for name, table, other in split]


def declared_tables(vendor: Vendor) -> list[DeclaredTable]:
    """The tables of a vendor in the inventory's order, child tables after their table."""
    return [table for declaration in vendor.tables for table in with_child_tables(vendor, declaration)]


def with_child_tables(vendor: Vendor, table: Table) -> Iterator[DeclaredTable]:
    """A table of the inventory and its child tables."""
    stored = declared_columns(table, Options())
    of_table = dict(_declarations(table.name, declared(table.row)))
    for name, columns in stored.items():
        is_root = name == table.name
        tie = () if is_root else parent_key(table, columns)
        types = {column.name: logical(column) for column in columns.values()}
        added = ("_synced_at", "_deleted_at", *(("_row_hash",) if is_root else ()), "_dlt_load_id")
        parent = "" if is_root else _parent(name, of_table)
        links = (
            {column: f"{table.name}.{key}" for column, key in zip(tie, table.key, strict=True)} if tie else {}
        )
        if "_parent_id" not in links and "id" in of_table.get(parent, {}):
            links["_parent_id"] = f"{parent}.id"
        declarations = of_table[name]
        yield DeclaredTable(
            vendor=vendor.name,
            name=name,
            grain=table.grain if is_root else f"one row per item of {name.rpartition('__')[2]}",
            key=table.key if is_root else (),
            columns=(
                *(
                    _column(column, types[column], declarations, table, links, is_root=is_root)
                    for column in types
                    if column not in VERSION_COLUMNS
                ),
                *(DeclaredColumn(column, *_ADDED[column], is_added=True) for column in added),
            ),
            root=table.name,
            parent=parent,
            tie=tie,
        )


def _column(
    name: str,
    data_type: str,
    declarations: Mapping[str, Declaration],
    table: Table,
    links: Mapping[str, str],
    *,
    is_root: bool,
) -> DeclaredColumn:
    declaration = declarations.get(name)
    if declaration is None:
        text = _ADDED.get(name, ("", "the key of the row that contains this one"))[1]
        return DeclaredColumn(name, data_type, text, links.get(name, ""), is_added=True)
    return DeclaredColumn(
        name,
        data_type,
        _text(declaration),
        declaration.references or "",
        is_root and name in table.key,
        is_personal=declaration.personal,
        example=declaration.example,
    )


def _text(declaration: Declaration) -> str:
    parts = [
        declaration.description,
        f"in {declaration.unit}" if declaration.unit else "",
        f"zone: {declaration.zone}" if declaration.zone else "",
        "seconds since 1970 at the vendor" if declaration.type is ColumnType.EPOCH else "",
    ]
    return "; ".join(part for part in parts if part)


def _declarations(
    name: str, columns: list[Declaration] | tuple[Declaration, ...]
) -> Iterator[tuple[str, dict[str, Declaration]]]:
    yield name, {column.name: column for column in columns if column.type is not None}
    for column in columns:
        if column.type is None:
            yield from _declarations(f"{name}__{column.name}", column.children)


def _parent(name: str, tables: Mapping[str, object]) -> str:
    """The longest other table whose name begins this one's."""
    return max((other for other in tables if other != name and name.startswith(f"{other}__")), key=len)
