"""What is declared about one table, arranged for walking through records level by level."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Union

import pyarrow as pa

from fieldhouse.sources.engine.spec.naming import joined
from fieldhouse.sources.engine.spec.row import ColumnType, Declaration

from .frames import Column
from .masking import Privacy
from .parse_columns import ARROW

Tree = dict[str, Union[Declaration, "TableSchema", "Tree"]]
"""One level: a column, a child table or a nested object under each name."""


@dataclass(frozen=True)
class TableSchema:
    """A table: its declared fields as a tree, its columns in order, its child tables by field name."""

    table: str
    tree: Tree = field(default_factory=dict)
    columns: tuple[Column, ...] = ()
    children: dict[str, TableSchema] = field(default_factory=dict)


def schema_of(table: str, declarations: Iterable[Declaration], privacy: Privacy) -> TableSchema:
    """Arrange declarations. What the rules drop has no column; what they mask is text."""
    schema, columns = TableSchema(table), []
    for declaration in declarations:
        level = schema.tree
        for part in declaration.path[:-1]:
            inner = level.setdefault(part, {})
            assert isinstance(inner, dict), f"{table}.{declaration.name} lies inside a column"
            level = inner
        child = (
            None
            if declaration.type
            else schema_of(joined(table, declaration.name), declaration.children, privacy)
        )
        level[declaration.path[-1]] = child or declaration
        if _hidden(privacy, table, declaration):
            continue
        if child:
            schema.children[declaration.name] = child
        elif declaration.type:
            columns.append(_column(privacy, table, declaration.name, declaration.type))
    return TableSchema(table, schema.tree, tuple(columns), schema.children)


def _hidden(privacy: Privacy, table: str, declaration: Declaration) -> bool:
    """Whether a rule takes the column away: it is dropped, or an object or list is replaced as a whole."""
    name, verdicts = "", []
    for part in declaration.path:
        name = joined(name, part)
        verdicts.append(privacy.verdict(table, name))
    replaced = verdicts if declaration.type is None else verdicts[:-1]
    return "drop" in verdicts or "mask" in replaced


def _column(privacy: Privacy, table: str, name: str, kind: ColumnType) -> Column:
    if privacy.verdict(table, name) == "mask":
        return Column(name, pa.string(), declared=True)
    return Column(name, ARROW[kind], declared=True, json=kind is ColumnType.JSON)
