"""COPY: rows of Postgres as Arrow tables."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .sql import quote

if TYPE_CHECKING:
    import psycopg2.extensions
    import pyarrow as pa


def copy_out(native: psycopg2.extensions.connection, select: str, schema: pa.Schema) -> pa.Table:
    """The rows of one query as the given Arrow schema."""
    listed = ", ".join(f"{_exported(field.name, field.type)} AS {quote(field.name)}" for field in schema)
    return _copied(native, f"SELECT {listed} FROM ({select}) AS selected", _sent(schema)).cast(schema)


def copy_out_all(
    native: psycopg2.extensions.connection, selects: Sequence[tuple[str, pa.Schema]]
) -> list[pa.Table]:
    """The rows of several queries by one COPY: every value as text, and the number of its query before the row."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not selects:
        return []
    width = max(len(schema) for _, schema in selects)
    parts = []
    for number, (select, schema) in enumerate(selects):
        values = [f"CAST({_exported(field.name, field.type)} AS text)" for field in schema]
        values += ["CAST(NULL AS text)"] * (width - len(schema))
        listed = ", ".join(f"{value} AS c{position}" for position, value in enumerate(values))
        parts.append(f"SELECT {number} AS part, {listed} FROM ({select}) AS selected")
    columns = {"part": pa.int64(), **{f"c{position}": pa.string() for position in range(width)}}
    rows = _copied(native, " UNION ALL ".join(parts), columns)
    answers = []
    for number, (_, schema) in enumerate(selects):
        part = rows.filter(pc.equal(rows.column("part"), number))
        texts = part.select([f"c{position}" for position in range(len(schema))])
        sent = _sent(schema)
        typed = texts.rename_columns(list(sent)).cast(pa.schema(list(sent.items())))
        answers.append(typed.cast(schema))
    return answers


def _copied(native: psycopg2.extensions.connection, select: str, sent: dict[str, pa.DataType]) -> pa.Table:
    from pyarrow import csv

    wire = io.BytesIO()
    with native.cursor() as cursor:
        cursor.copy_expert(f"COPY ({select}) TO STDOUT (FORMAT csv, HEADER)", wire)
    wire.seek(0)
    return csv.read_csv(
        wire,
        parse_options=csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=csv.ConvertOptions(
            column_types=sent,
            null_values=[""],
            true_values=["t"],
            false_values=["f"],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )


def _sent(schema: pa.Schema) -> dict[str, pa.DataType]:
    """The types that travel: times as microseconds since 1970, which are exact and free of any text format."""
    import pyarrow as pa

    return {field.name: pa.int64() if pa.types.is_timestamp(field.type) else field.type for field in schema}


def _exported(name: str, kind: pa.DataType) -> str:
    import pyarrow as pa

    column = quote(name)
    if pa.types.is_timestamp(kind):
        return f"CAST(extract(epoch FROM {column}) * 1000000 AS bigint)"
    return column
