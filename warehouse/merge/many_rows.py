"""What a sync reads of every row of a table, however many there are: numbers in one place, some rows read at a time.

DuckDB's own buffers take a third more than the numbers in them and are kept for later queries; with them a sweep of ten
million rows took 650 MB.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fieldhouse.warehouse.drivers.protocol import Database, arrow_type
from fieldhouse.warehouse.drivers.sql import quote

from .row_queries import kind_of, select_list

if TYPE_CHECKING:
    import pyarrow as pa

_MARK, _HASHES = "_deleted_at", ("_row_hash", "_list_hash")


def known_of_all(
    db: Database, schema: str, table: str, key: Sequence[str], extra: Sequence[str], stored: Mapping[str, str]
) -> pa.Table:
    """Key columns, `_row_hash`, `_deleted_at` and the extra columns of all rows.

    `_deleted_at` is true for a row that is marked deleted, and null. Integer keys and hashes are one array each, a hash
    that is null is 0. Rows with one integer as key are in its order.
    """
    import pyarrow as pa

    rest = [*key, "_row_hash", *extra]
    kinds = {name: kind_of(stored, name) for name in rest} | {_MARK: "boolean"}
    typed = pa.schema([(name, arrow_type(kind)) for name, kind in kinds.items()])
    mark = f"CASE WHEN t.{_MARK} IS NOT NULL THEN TRUE END" if _MARK in stored else "NULL"
    select = (
        f"{select_list(db, stored, rest)}, CAST({mark} AS {db.dialect.types['boolean']}) AS {quote(_MARK)}"
    )
    source = f"{quote(schema)}.{quote(table)} AS t"

    def read() -> pa.Table:
        ((count,),) = db.fetch(f"SELECT count(*) FROM {source}")
        numbers = {name: array("q", [0]) * count for name in (*key, *_HASHES) if kinds.get(name) == "bigint"}
        parts, end = [typed.empty_table()], 0
        for part in db.arrow_parts(f"SELECT {select} FROM {source}", typed):
            for name, values in numbers.items():
                values.extend(
                    [0] * (end + part.num_rows - len(values))
                )  # by another's hand since they were counted
                _put(values, end, part.column(name))
            parts.append(_copied(part.drop_columns(list(numbers))))
            end += part.num_rows
        others = pa.concat_tables([parts[0].drop_columns(list(numbers)), *parts[1:]])
        columns: dict[str, Any] = {name: others.column(name) for name in others.column_names}
        for name in list(numbers):
            columns[name] = pa.Array.from_buffers(pa.int64(), end, [None, pa.py_buffer(numbers.pop(name))])
        if len(key) == 1 and kinds[key[0]] == "bigint":
            _sort(columns, key[0])
        return pa.table([columns[name] for name in typed.names], schema=typed)

    return db.with_more_memory(read)


def _sort(columns: dict[str, Any], key: str) -> None:
    """Puts the columns in the key's order, one after the other: at no time are there two copies of all."""
    import pyarrow.compute as pc

    if pc.all(pc.less_equal(columns[key][:-1], columns[key][1:])).as_py():
        return
    order = pc.sort_indices(columns[key])
    for name in columns:
        columns[name] = columns[name].take(order)


def _put(values: array[int], start: int, column: pa.ChunkedArray) -> None:
    import pyarrow.compute as pc

    for chunk in pc.fill_null(column, 0).chunks:
        size, skip = len(chunk) * values.itemsize, chunk.offset * values.itemsize
        data = memoryview(chunk.buffers()[1]).cast("B")[skip : skip + size] if size else b""
        memoryview(values).cast("B")[start * values.itemsize : start * values.itemsize + size] = data
        start += len(chunk)


def _copied(part: pa.Table) -> pa.Table:
    """Arrow copies what it joins; the buffers of a part that came from DuckDB are released all together."""
    import pyarrow as pa

    copies = [pa.concat_arrays([*column.chunks, pa.array([], column.type)]) for column in part.columns]
    return pa.table(copies, schema=part.schema)
