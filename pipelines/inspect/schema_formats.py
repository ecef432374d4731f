"""Schema formats: declared tables as JSON Schema, as DBML and as a Mermaid diagram.

JSON Schema: draft 2020-12, a row as an object. DBML: https://dbml.dbdiagram.io/docs. Mermaid: ``erDiagram``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .declared_schema import DeclaredColumn, DeclaredTable

_JSON: Mapping[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "bigint": {"type": "integer"},
    "double": {"type": "number"},
    "decimal": {"type": "number"},
    "boolean": {"type": "boolean"},
    "timestamp": {"type": "string", "format": "date-time"},
    "date": {"type": "string", "format": "date"},
    "json": {},
}
_DBML = {"timestamp": "timestamptz", "decimal": "decimal(38,9)", "double": "double"}


def json_schema(tables: Sequence[DeclaredTable]) -> dict[str, Any]:
    """A JSON Schema in which each table is a definition: ``#/$defs/<vendor>.<table>`` describes one row."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Tables of fieldhouse",
        "$defs": {_name(table): _definition(table) for table in tables},
    }


def _definition(table: DeclaredTable) -> dict[str, Any]:
    definition: dict[str, Any] = {
        "type": "object",
        "description": table.grain,
        "properties": {column.name: _property(table, column) for column in table.columns},
        "additionalProperties": True,
    }
    if table.key:
        definition |= {"required": list(table.key), "x-primary-key": list(table.key)}
    if table.parent:
        definition["x-parent"] = f"{table.vendor}.{table.parent}"
    return definition


def _property(table: DeclaredTable, column: DeclaredColumn) -> dict[str, Any]:
    schema = dict(_JSON[column.type])
    if "type" in schema and not column.is_key:
        schema["type"] = [schema["type"], "null"]
    if column.description:
        schema["description"] = column.description
    if column.references:
        schema["x-references"] = f"{table.vendor}.{column.references}"
    return schema


def dbml(tables: Sequence[DeclaredTable]) -> str:
    """The tables as DBML: a table with its notes, then the relations."""
    lines = ["Project fieldhouse {", "  database_type: 'DuckDB, PostgreSQL'", "}"]
    for table in tables:
        lines += ["", f"Table {_quoted(table.vendor)}.{_quoted(table.name)} {{"]
        lines += [f"  {_dbml_column(table, column)}" for column in table.columns]
        if len(table.key) > 1:
            lines += ["  indexes {", f"    ({', '.join(map(_quoted, table.key))}) [pk]", "  }"]
        lines += [f"  Note: {_note(table.grain)}", "}"]
    lines += ["", *(f"Ref: {line}" for line in _dbml_references(tables))]
    return "\n".join(lines) + "\n"


def _dbml_column(table: DeclaredTable, column: DeclaredColumn) -> str:
    settings = ["pk"] if table.key == (column.name,) else ["not null"] if column.is_key else []
    settings += [f"note: {_note(column.description)}"] if column.description else []
    tail = f" [{', '.join(settings)}]" if settings else ""
    return f"{_quoted(column.name)} {_DBML.get(column.type, column.type)}{tail}"


def _dbml_references(tables: Sequence[DeclaredTable]) -> Iterator[str]:
    for table, column, other, key in references(tables):
        here = f"{_quoted(table.vendor)}.{_quoted(table.name)}.{_quoted(column)}"
        yield f"{here} > {_quoted(table.vendor)}.{_quoted(other)}.{_quoted(key)}"


def mermaid(tables: Sequence[DeclaredTable]) -> str:
    """The tables as a Mermaid entity relationship diagram with their keys and references."""
    vendors = {table.vendor for table in tables}

    def entity(vendor: str, name: str) -> str:
        return name if len(vendors) == 1 else f"{vendor}__{name}"

    lines = ["erDiagram"]
    for table in tables:
        lines.append(f"    {entity(table.vendor, table.name)} {{")
        for column in table.columns:
            marks = [*(["PK"] if column.is_key else []), *(["FK"] if column.references else [])]
            if marks:
                lines.append(f"        {column.type} {column.name} {', '.join(marks)}")
        lines.append("    }")
    for table, name, other, _ in references(tables):
        here, there = entity(table.vendor, table.name), entity(table.vendor, other)
        lines.append(f"    {there} ||--o{{ {here} : {name.strip('_')}")
    return "\n".join(lines) + "\n"


def references(tables: Sequence[DeclaredTable]) -> Iterator[tuple[DeclaredTable, str, str, str]]:
    """Table, column, other table and its column, of all relations between the tables."""
    names = {(table.vendor, table.name) for table in tables}
    for table in tables:
        for column, other, key in table.relations:
            if (table.vendor, other) in names:
                yield table, column, other, key


def _name(table: DeclaredTable) -> str:
    return f"{table.vendor}.{table.name}"


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_]\w*", name) else json.dumps(name)


def _note(text: str) -> str:
    return "'" + " ".join(text.split()).replace("\\", "\\\\").replace("'", "\\'") + "'"
