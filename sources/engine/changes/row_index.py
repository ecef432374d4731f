"""Row index: key, hash and position of the stored rows of one table.

It distinguishes new, changed, unchanged and missing rows. Keys are 64-bit numbers in sorted arrays (18 bytes a row, 22
if rows are stored in another order), so that a million rows cost megabytes and a look-up is a bisection. They are made
some rows at a time, as copies of whole columns would be most of the memory of a sweep. A collision of two keys cannot
hide a change: the row hash, which covers the key, differs as well.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import xxhash

if TYPE_CHECKING:
    Numbers = array[int] | memoryview[int]

NOT_STORED = -1
"""The position of a key that is not stored."""
_CHUNK = 50_000
_SORTED = ("_row_hash", "_list_hash", "_deleted_at")
_SIGN = 1 << 63
_LONGEST = len(str(-_SIGN))
_SPAN = 1 << 64


def key_hash(values: Sequence[Any]) -> int:
    """A key as one signed 64-bit number: an integer key as it is, anything else by its hash.

    A text that is exactly how an integer is written counts as that integer: a column of integer keys may have become
    text since its rows were stored.
    """
    if len(values) == 1:
        number = integer_of(values[0])
        if number is not None:
            return number
    number = xxhash.xxh3_64_intdigest("\x1f".join(map(str, values)).encode("utf-8", "surrogatepass"))
    return number - _SPAN if number >= _SIGN else number


def integer_of(value: Any) -> int | None:
    """A 64-bit integer, or the text of one; None for anything else."""
    if (
        type(value) is str
        and len(value) <= _LONGEST
        and value.isascii()
        and value.removeprefix("-").isdecimal()
    ):
        number = int(value)
        value = number if str(number) == value else None
    return value if type(value) is int and -_SIGN <= value < _SIGN else None


def key_hashes(keys: pa.Table) -> list[int]:
    """One number per row of a table of keys."""
    columns = [column.to_pylist() for column in keys.columns]
    if len(columns) == 1 and pa.types.is_integer(keys.schema.types[0]):
        return list(columns[0])
    return [key_hash(values) for values in zip(*columns, strict=True)]


def _is_number(schema: pa.Schema) -> bool:
    """True if the key is one integer, which is its own hash."""
    return len(schema) == 1 and pa.types.is_integer(schema.types[0])


def _numbers(keys: pa.Table) -> Numbers:
    """``key_hashes`` as an array, some rows at a time: never a million Python objects at once."""
    if _is_number(keys.schema):
        return _plain(keys.column(0), range(keys.num_rows))
    numbers = array("q")
    for start in range(0, keys.num_rows, _CHUNK):
        numbers.extend(key_hashes(keys.slice(start, _CHUNK)))
    return numbers


def joined_keys(stored: pa.Table, more: pa.Table) -> pa.Table:
    """Keys of stored rows and others, as one table; a column of which one is text is text."""
    types = [
        pa.string() if pa.string() in (stored.schema.field(field.name).type, field.type) else field.type
        for field in more.schema
    ]
    schema = pa.schema(list(zip(more.column_names, types, strict=True)))
    return pa.concat_tables([stored.cast(schema), more.cast(schema)])


def _order(numbers: Numbers) -> Sequence[int]:
    """The positions of the numbers in ascending order; a range, which costs nothing, if they stand in it already."""
    values = _as_arrow(numbers)
    if _is_ascending(values):
        return range(len(numbers))
    indices = pc.sort_indices(values)
    parts = (indices.slice(start, _CHUNK).cast(pa.uint32()) for start in range(0, len(indices), _CHUNK))
    return _array("I", len(indices), parts)


def _is_ascending(values: pa.Int64Array) -> bool:
    for start in range(0, len(values) - 1, _CHUNK):
        after = values.slice(start + 1, _CHUNK)
        if not pc.all(pc.less_equal(values.slice(start, len(after)), after)).as_py():
            return False
    return True


def _as_arrow(numbers: Numbers) -> pa.Int64Array:
    return pa.Array.from_buffers(pa.int64(), len(numbers), [None, pa.py_buffer(numbers)])


def _parts(column: pa.ChunkedArray, order: Sequence[int]) -> Iterator[pa.Array]:
    """The values of a column in an order, some at a time."""
    if isinstance(order, range):
        for chunk in column.chunks:
            for start in range(0, len(chunk), _CHUNK):
                yield chunk.slice(start, _CHUNK)
        return
    one = (
        column.chunk(0)
        if column.num_chunks == 1
        else pa.concat_arrays([pa.array([], column.type), *column.chunks])
    )
    for start in range(0, len(order), _CHUNK):
        yield one.take(_positions(order[start : start + _CHUNK]))


def _plain(column: pa.ChunkedArray, order: Sequence[int]) -> Numbers:
    """The values in an order, 0 for null, as numbers of which one is had quickly; not copied if they are that."""
    if isinstance(order, range) and column.num_chunks == 1 and _is_plain(column.chunk(0)):
        chunk = column.chunk(0)
        return memoryview(chunk.buffers()[1]).cast("B").cast("q")[chunk.offset : chunk.offset + len(chunk)]
    parts = (pc.fill_null(part.cast(pa.int64()), 0) for part in _parts(column, order))
    return _array("q", len(order), parts)


def _is_plain(values: pa.Array) -> bool:
    return pa.types.is_int64(values.type) and not values.null_count and values.buffers()[1] is not None


def _positions(order: Sequence[int]) -> pa.UInt32Array:
    return pa.Array.from_buffers(pa.uint32(), len(order), [None, pa.py_buffer(order)])


def _array(code: str, length: int, parts: Iterable[pa.Array]) -> array[int]:
    """The values of Arrow arrays, together so many, in an array that never moves: growing takes twice its size."""
    values = array(code, [0]) * length
    place, end = memoryview(values).cast("B"), 0
    for part in parts:
        start, size = part.offset * values.itemsize, len(part) * values.itemsize
        place[end : end + size] = memoryview(part.buffers()[1]).cast("B")[start : start + size]
        end += size
    return values


class RowIndex:
    """The known rows of one table, and which of them a scan has seen.

    Args:
        key: the key's columns.
        known: key columns, ``_row_hash``, ``_deleted_at`` and any extra columns, as the warehouse gives them.
    """

    def __init__(self, key: tuple[str, ...], known: pa.Table) -> None:
        keys = known.select(list(key))
        numbers = _numbers(keys)
        order = self._order = _order(numbers)
        in_order = isinstance(order, range)
        self._key_hashes = numbers if in_order else _plain(pa.chunked_array([_as_arrow(numbers)]), order)
        del numbers
        self._schema = keys.schema
        self._keys = None if _is_number(keys.schema) else keys
        self._hashes = _plain(known.column("_row_hash"), order)
        listed = "_list_hash" in known.column_names
        self._list_hashes = _plain(known.column("_list_hash"), order) if listed else None
        self._deleted = bytearray()
        for part in _parts(known.column("_deleted_at"), order):
            self._deleted += pc.is_valid(part).cast(pa.uint8()).buffers()[1].to_pybytes()[: len(part)]
        self._seen = bytearray(len(order))
        self._extra = {name: known.column(name) for name in known.column_names if name not in _SORTED}

    def __len__(self) -> int:
        return len(self._key_hashes)

    def find(self, key: int) -> int:
        """The position of a key, or -1."""
        position = bisect_left(self._key_hashes, key)
        return (
            position if position < len(self._key_hashes) and self._key_hashes[position] == key else NOT_STORED
        )

    def see(self, key: int) -> int:
        """Mark a key as seen by the present scan; its position, or -1."""
        position = self.find(key)
        same_key = position  # a row may have been copied in the warehouse
        while 0 <= same_key < len(self._key_hashes) and self._key_hashes[same_key] == key:
            self._seen[same_key] = 1
            same_key += 1
        return position

    def see_all(self, keys: Sequence[int]) -> list[int]:
        """Mark keys as seen by the present scan; the position of each, or -1."""
        return list(map(self.see, keys)) if self._key_hashes else [NOT_STORED] * len(keys)

    def is_same(self, position: int, row_hash: int) -> bool:
        """True if the row at ``position`` is live and has this hash."""
        return position >= 0 and self._hashes[position] == row_hash and not self._deleted[position]

    def is_deleted(self, position: int) -> bool:
        """True if the row at ``position`` is marked deleted."""
        return position >= 0 and bool(self._deleted[position])

    def is_same_but_deleted(self, position: int, row_hash: int) -> bool:
        """True if the row at ``position`` is marked deleted and has this hash."""
        return position >= 0 and self._hashes[position] == row_hash and bool(self._deleted[position])

    def is_same_list_row(self, position: int, list_hash: int) -> bool:
        """True if the row at ``position`` is live and was made from a list row with this hash."""
        return (
            position >= 0
            and self._list_hashes is not None
            and self._list_hashes[position] == list_hash
            and not self._deleted[position]
        )

    def is_flagged_list_row(self, position: int, list_hash: int) -> bool:
        """True if the row at ``position`` is marked deleted and was made from a list row with this hash."""
        return (
            position >= 0
            and self._list_hashes is not None
            and self._list_hashes[position] == list_hash
            and bool(self._deleted[position])
        )

    def has_list_hash(self, position: int) -> bool:
        """True if the row at ``position`` was made from a list row and its detail; a partial row has none."""
        return position >= 0 and self._list_hashes is not None and self._list_hashes[position] != 0

    def key_at(self, position: int) -> int:
        """The key of the row at ``position``, as a number."""
        return self._key_hashes[position]

    def value(self, position: int, column: str) -> Any:
        """An extra column's value of the row at ``position``."""
        return self._extra[column][self._order[position]].as_py()

    @property
    def live(self) -> int:
        """Rows that are not marked deleted."""
        return len(self._deleted) - sum(self._deleted)

    def missing(self, among: Iterable[int] | None = None) -> list[int]:
        """The positions of live rows that the scan has not seen (of those positions, if given)."""
        positions = range(len(self._key_hashes)) if among is None else among
        return [
            position for position in positions if not self._seen[position] and not self._deleted[position]
        ]

    def positions_where(self, column: str, values: set[str]) -> list[int]:
        """The positions of rows whose extra column holds one of ``values``, as text."""
        stored = self._extra[column].to_pylist()
        return [position for position, index in enumerate(self._order) if str(stored[index]) in values]

    def keys(self, positions: Sequence[int]) -> pa.Table:
        """The key columns of the rows at ``positions``."""
        if self._keys is None:
            numbers = pa.array([self._key_hashes[position] for position in positions], pa.int64())
            return pa.table([numbers.cast(self._schema.types[0])], schema=self._schema)
        return self._keys.take(pa.array([self._order[position] for position in positions], pa.int64()))

    def forget_seen(self) -> None:
        """Start another scan of the same table."""
        self._seen = bytearray(len(self._seen))
