"""Batches of one slice can disagree about the columns that nobody declared; here they come to one form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pyarrow as pa

from fieldhouse.sources.engine.spec.text import text_of

from .frames import Column


def unify_schemas(catalogues: Sequence[Mapping[str, Column]]) -> dict[str, Column]:
    """One column for each name over all batches of a table.

    The same type stays; null gives way to any; integers beside floats become floats, unless some integer is
    beyond 2^53; all else that is mixed becomes text, and so does JSON beside other text. A column that is
    null everywhere is text. Columns of the row come first in the order of first sight, our own (``_...``)
    last.
    """
    merged: dict[str, Column] = {}
    for catalogue in catalogues:
        for name, column in catalogue.items():
            merged[name] = _merged(merged[name], column) if name in merged else column
    settled = [
        replace(column, type=pa.string()) if pa.types.is_null(column.type) else column
        for column in merged.values()
    ]
    return {column.name: column for column in sorted(settled, key=_is_ours)}


def _is_ours(column: Column) -> bool:
    return column.name.startswith("_") and not column.name[1:2].isdigit()


def _merged(one: Column, other: Column) -> Column:
    if pa.types.is_null(one.type) or pa.types.is_null(other.type):
        typed = other if pa.types.is_null(one.type) else one
        type_, json = typed.type, typed.json
    else:
        type_, json = _type(one, other), one.json and other.json
    return Column(
        one.name,
        type_,
        one.original or other.original,
        one.declared or other.declared,
        json,
        one.wide or other.wide,
        one.beside or other.beside,
        stated=one.stated or other.stated,
        id=one.id or other.id,
    )


def _type(one: Column, other: Column) -> pa.DataType:
    if one.type == other.type:
        return one.type
    numbers = {one.type, other.type} == {pa.int64(), pa.float64()}
    return pa.float64() if numbers and not (one.wide or other.wide) else pa.string()


def conform(batch: pa.Table, columns: Mapping[str, Column]) -> pa.Table:
    """A batch with exactly these columns in this order: missing ones null, others in the type of ``unify_schemas``.

    Raises:
        ValueError: the batch has a column that ``columns`` lacks, or one whose type ``unify_schemas`` could not
            have turned into the wanted one.
    """
    wanted = schema(columns.values())
    if batch.schema.equals(wanted):
        return batch
    arrays_by_name = dict(zip(batch.column_names, batch.columns, strict=True))
    if unknown := arrays_by_name.keys() - columns.keys():
        raise ValueError(f"columns that are in no catalogue: {', '.join(sorted(unknown))}")
    arrays = [
        _conformed(arrays_by_name.get(column.name), column, batch.num_rows) for column in columns.values()
    ]
    return pa.Table.from_arrays(arrays, schema=wanted)


def schema(columns: Iterable[Column]) -> pa.Schema:
    """The Arrow schema of such columns."""
    return pa.schema([pa.field(column.name, column.type) for column in columns])


def _conformed(values: pa.ChunkedArray | None, column: Column, height: int) -> pa.Array | pa.ChunkedArray:
    if values is None or pa.types.is_null(values.type):
        return pa.nulls(height, column.type)
    if values.type == column.type:
        return values
    if column.type == pa.string():
        return pa.array([text_of(value) for value in values.to_pylist()], pa.string())
    if values.type == pa.int64() and column.type == pa.float64():
        return values.cast(column.type)
    raise ValueError(f"{column.name}: {values.type} cannot become {column.type}")
