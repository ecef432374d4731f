"""Batches of one slice can disagree about the columns that nobody declared; here they come to one form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pyarrow as pa

from .frame import Column
from .texts import text_of


def unify(catalogues: Sequence[Mapping[str, Column]]) -> dict[str, Column]:
    """One column for each name over all batches of a table.

    The same type stays; null gives way to any; integers beside floats become floats, unless some integer is
    beyond 2^53; all else that is mixed becomes text, and so does JSON beside other text. A column that is
    null everywhere is text. Columns of the row come first in the order of first sight, our own (``_...``)
    last.
    """
    found: dict[str, Column] = {}
    for catalogue in catalogues:
        for name, column in catalogue.items():
            found[name] = _merged(found[name], column) if name in found else column
    settled = [
        replace(each, type=pa.string()) if pa.types.is_null(each.type) else each for each in found.values()
    ]
    return {each.name: each for each in sorted(settled, key=_is_ours)}


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
    )


def _type(one: Column, other: Column) -> pa.DataType:
    if one.type == other.type:
        return one.type
    numbers = {one.type, other.type} == {pa.int64(), pa.float64()}
    return pa.float64() if numbers and not (one.wide or other.wide) else pa.string()


def conform(batch: pa.Table, columns: Mapping[str, Column]) -> pa.Table:
    """A batch with exactly these columns in this order: missing ones null, others in the type of ``unify``.

    Raises:
        ValueError: the batch has a column that ``columns`` lacks, or one whose type ``unify`` could not
            have turned into the wanted one.
    """
    unknown = set(batch.column_names) - set(columns)
    if unknown:
        raise ValueError(f"columns that are in no catalogue: {', '.join(sorted(unknown))}")
    arrays = [_conformed(batch, each) for each in columns.values()]
    return pa.Table.from_arrays(arrays, schema=schema(columns.values()))


def schema(columns: Iterable[Column]) -> pa.Schema:
    """The Arrow schema of such columns."""
    return pa.schema([pa.field(each.name, each.type) for each in columns])


def _conformed(batch: pa.Table, column: Column) -> pa.Array | pa.ChunkedArray:
    if column.name not in batch.column_names:
        return pa.nulls(batch.num_rows, column.type)
    found = batch.column(column.name)
    if found.type == column.type:
        return found
    if pa.types.is_null(found.type):
        return pa.nulls(batch.num_rows, column.type)
    if column.type == pa.string():
        return pa.array([text_of(value) for value in found.to_pylist()], pa.string())
    if found.type == pa.int64() and column.type == pa.float64():
        return found.cast(column.type)
    raise ValueError(f"{column.name}: {found.type} cannot become {column.type}")
