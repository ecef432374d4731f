"""What the warehouse already holds of one table: enough to tell new, changed, unchanged and missing rows apart.

Keys are held as 64-bit numbers in sorted arrays (24 bytes a row), so that a million rows cost megabytes and a look-up
is a bisection. A collision of two keys cannot hide a change: the row hash, which covers the key, differs as well.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import xxhash

_ABSENT = -1
_SOME = 50_000
_ARRANGED = ("_row_hash", "_list_hash", "_deleted_at")
_SIGN = 1 << 63
_SPAN = 1 << 64


def key_hash(values: Sequence[Any]) -> int:
    """A key as one signed 64-bit number: an integer key as it is, anything else by its hash."""
    if len(values) == 1 and type(values[0]) is int and -_SIGN <= values[0] < _SIGN:
        return values[0]
    number = xxhash.xxh3_64_intdigest("\x1f".join(map(str, values)).encode("utf-8", "surrogatepass"))
    return number - _SPAN if number >= _SIGN else number


def key_hashes(keys: pa.Table) -> list[int]:
    """One number per row of a table of keys."""
    columns = [column.to_pylist() for column in keys.columns]
    if len(columns) == 1 and pa.types.is_integer(keys.schema.types[0]):
        return list(columns[0])
    return [key_hash(values) for values in zip(*columns, strict=True)]


def _numbered(keys: pa.Table) -> pa.Int64Array:
    """``key_hashes`` as an array, some rows at a time: never a million Python objects at once."""
    if keys.num_columns == 1 and pa.types.is_integer(keys.schema.types[0]):
        return _whole(keys.column(0).cast(pa.int64()))
    numbers = array("q")
    for start in range(0, keys.num_rows, _SOME):
        numbers.extend(key_hashes(keys.slice(start, _SOME)))
    return pa.Array.from_buffers(pa.int64(), len(numbers), [None, pa.py_buffer(numbers)])


def _filled(known: pa.Table, column: str) -> pa.Int64Array:
    """A column of hashes, 0 where there is none."""
    return _whole(pc.fill_null(known.column(column).cast(pa.int64()), 0))


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def _plain(values: pa.Array) -> array[int]:
    """The values, none of them null, as an array that gives one quickly."""
    plain = array("Q" if pa.types.is_unsigned_integer(values.type) else "q")
    if len(values):
        start = values.offset * plain.itemsize
        plain.frombytes(memoryview(values.buffers()[1])[start : start + len(values) * plain.itemsize])
    return plain


class RowIndex:
    """The known rows of one table, and which of them a scan has seen.

    Args:
        key: the key's columns.
        known: key columns, ``_row_hash``, ``_deleted_at`` and any extra columns, as the warehouse gives them.
    """

    def __init__(self, key: tuple[str, ...], known: pa.Table) -> None:
        self._keys = known.select(list(key))
        numbers = _numbered(self._keys)
        order = pc.sort_indices(numbers)
        self._order = _plain(order)
        self._numbers = _plain(numbers.take(order))
        self._hashes = _plain(_filled(known, "_row_hash").take(order))
        listed = "_list_hash" in known.column_names
        self._list_hashes = _plain(_filled(known, "_list_hash").take(order)) if listed else None
        deleted = known.column("_deleted_at").is_valid().combine_chunks()
        self._deleted = bytearray(deleted.take(order).cast(pa.uint8()).buffers()[1] or b"")[: len(order)]
        self._seen = bytearray(len(order))
        self._extra = {name: known.column(name) for name in known.column_names if name not in _ARRANGED}

    def __len__(self) -> int:
        return len(self._numbers)

    def find(self, number: int) -> int:
        """The place of a key, or -1."""
        place = bisect_left(self._numbers, number)
        return place if place < len(self._numbers) and self._numbers[place] == number else _ABSENT

    def see(self, number: int) -> int:
        """Mark a key as seen by the present scan; its place, or -1."""
        place = self.find(number)
        again = place  # somebody may have copied a row in the warehouse
        while 0 <= again < len(self._numbers) and self._numbers[again] == number:
            self._seen[again] = 1
            again += 1
        return place

    def same(self, place: int, row_hash: int) -> bool:
        """The live row at ``place`` has this hash."""
        return place >= 0 and self._hashes[place] == row_hash and not self._deleted[place]

    def deleted(self, place: int) -> bool:
        """The row at ``place`` is marked deleted."""
        return place >= 0 and bool(self._deleted[place])

    def same_but_deleted(self, place: int, row_hash: int) -> bool:
        return place >= 0 and self._hashes[place] == row_hash and bool(self._deleted[place])

    def same_list_row(self, place: int, list_hash: int) -> bool:
        """The live row at ``place`` was made from a list row with this hash."""
        return (
            place >= 0
            and self._list_hashes is not None
            and self._list_hashes[place] == list_hash
            and not self._deleted[place]
        )

    def value(self, place: int, column: str) -> Any:
        """An extra column's value of the row at ``place``."""
        return self._extra[column][self._order[place]].as_py()

    @property
    def live(self) -> int:
        return len(self._deleted) - sum(self._deleted)

    def missing(self, among: Iterable[int] | None = None) -> list[int]:
        """The places of live rows that the scan has not seen (of those places, if given)."""
        places = range(len(self._numbers)) if among is None else among
        return [place for place in places if not self._seen[place] and not self._deleted[place]]

    def places_where(self, column: str, values: set[Any]) -> list[int]:
        """The places of rows whose extra column holds one of ``values``."""
        held = self._extra[column].to_pylist()
        return [place for place, index in enumerate(self._order) if held[index] in values]

    def keys(self, places: Sequence[int]) -> pa.Table:
        """The key columns of the rows at ``places``."""
        return self._keys.take(pa.array([self._order[place] for place in places], pa.int64()))

    def forget_seen(self) -> None:
        """Start another scan of the same table."""
        self._seen = bytearray(len(self._seen))
