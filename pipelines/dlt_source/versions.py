"""Versions of rows: one version of each row per load, ids that are the same in every load, vanished child rows."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import xxhash

from fieldhouse.sources.engine.normalize.frames import Frames
from fieldhouse.sources.engine.normalize.parse_columns import TIMESTAMP

from .hints import ARROW_TYPES, DATA_TYPES, ROW_ID

MEMORY_BYTES = 64 * 1024 * 1024
"""Frames of one table beyond this size wait on disk until the table has been read."""


class Waiting:
    """Frames of one table that wait until it has been read. Large ones wait on disk, in a folder of their own."""

    def __init__(self) -> None:
        self._bytes = 0
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.frames: list[Frames] = []

    def add(self, frames: Frames) -> None:
        """Keep frames, on disk once ``MEMORY_BYTES`` are exceeded."""
        self._bytes += sum(table.nbytes for table in frames.tables.values())
        if self._bytes > MEMORY_BYTES:
            tables = {name: self._on_disk(table) for name, table in frames.tables.items()}
            frames = Frames(tables, frames.columns, frames.issues)
        self.frames.append(frames)

    def _on_disk(self, table: pa.Table) -> pa.Table:
        self._folder = self._folder or tempfile.TemporaryDirectory(prefix="fieldhouse-")
        path = (
            Path(self._folder.name)
            / f"{len(self.frames)}-{len(list(Path(self._folder.name).iterdir()))}.arrow"
        )
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
        return pa.ipc.open_file(pa.memory_map(str(path))).read_all()

    def close(self) -> None:
        """Remove the files."""
        self.frames.clear()
        if self._folder is not None:
            self._folder.cleanup()


def with_row_ids(rows: pa.Table, key: Sequence[str]) -> pa.Table:
    """Rows of a root table with ``_dlt_id``, a hash of the key."""
    columns = [rows.column(name).to_pylist() for name in key]
    ids = [row_id(values) for values in zip(*columns, strict=True)]
    return _with_column(rows, ROW_ID, pa.array(ids, pa.string()))


def with_child_ids(rows: pa.Table, tie: Sequence[str]) -> pa.Table:
    """Rows of a child table with ``_dlt_id``: a hash of the root row's key and of the place below it.

    Items of a list whose parents have the same id are distinguished by their order, which is the vendor's.
    """
    place = [name for name in ("_parent_id", "_parent_index", "_list_index") if name in rows.column_names]
    columns = [rows.column(name).to_pylist() for name in dict.fromkeys([*tie, *place])]
    seen: Counter[tuple[object, ...]] = Counter()
    ids = []
    for values in zip(*columns, strict=True):
        ids.append(row_id((*values, seen[values])))
        seen[values] += 1
    return _with_column(rows, ROW_ID, pa.array(ids, pa.string()))


def row_id(values: Sequence[object]) -> str:
    """The id of a row: a hash of its key, or of its root row's key and its place."""
    text = "\x1f".join("" if value is None else f"={value}" for value in values)
    return xxhash.xxh3_128_hexdigest(text.encode("utf-8", "surrogatepass"))


def newest_roots(rows: pa.Table) -> tuple[pa.Table, dict[str, datetime]]:
    """One version of each row, the newest; and, if rows were read more than once, when it was read, by row id."""
    ids = rows.column(ROW_ID).to_pylist()
    if len(set(ids)) == len(ids):
        return rows, {}
    times = rows.column("_synced_at").to_pylist()
    places: dict[str, int] = {}
    for place, name in enumerate(ids):
        if name not in places or times[place] >= times[places[name]]:
            places[name] = place
    kept = sorted(places.values())
    return rows.take(pa.array(kept, pa.int64())), {name: times[place] for name, place in places.items()}


def children_of(rows: pa.Table, tie: Sequence[str], newest: Mapping[str, datetime]) -> pa.Table:
    """The child rows that belong to the newest version of their root row; each one once."""
    if not newest:
        return rows
    keys = zip(*(rows.column(name).to_pylist() for name in tie), strict=True)
    times = rows.column("_synced_at").to_pylist()
    keep = [newest[row_id(key)] == time for key, time in zip(keys, times, strict=True)]
    return rows.filter(pa.array(keep, pa.bool_()))


def distinct(rows: pa.Table) -> pa.Table:
    """The first row of each row id."""
    ids = rows.column(ROW_ID).to_pylist()
    places: dict[str, int] = {}
    for place, name in enumerate(ids):
        places.setdefault(name, place)
    return rows if len(places) == len(ids) else rows.take(pa.array(list(places.values()), pa.int64()))


def marked(rows: pa.Table, *, deleted_at: datetime | None, synced_at: datetime | None = None) -> pa.Table:
    """Rows with another ``_deleted_at``, and another ``_synced_at`` if one is given."""
    rows = with_deleted_at(rows, [deleted_at] * rows.num_rows)
    if synced_at is not None:
        rows = _with_column(rows, "_synced_at", pa.array([synced_at] * rows.num_rows, TIMESTAMP))
    return rows


def with_deleted_at(rows: pa.Table, times: Sequence[datetime | None]) -> pa.Table:
    """Rows with these times of deletion."""
    return _with_column(rows, "_deleted_at", pa.array(times, TIMESTAMP))


def without_versions(rows: pa.Table, which: pa.ChunkedArray) -> pa.Table:
    """Rows without the hashes and the time of deletion of those that are chosen: nothing is known of their version."""
    for name in ("_row_hash", "_list_hash", "_deleted_at"):
        if name in rows.column_names:
            column = rows.column(name)
            rows = _with_column(rows, name, pc.if_else(which, pa.scalar(None, column.type), column))
    return rows


def of_load(rows: pa.Table, load_id: str) -> pa.Table:
    """Rows with the id of the load that writes them."""
    return _with_column(rows, "_dlt_load_id", pa.array([load_id] * rows.num_rows, pa.string()))


def _with_column(rows: pa.Table, name: str, values: pa.Array) -> pa.Table:
    place = rows.schema.get_field_index(name)
    return rows.append_column(name, values) if place < 0 else rows.set_column(place, name, values)


def conform(
    rows: pa.Table, stored: Mapping[str, Mapping[str, Any]], types: Mapping[str, str] | None = None
) -> pa.Table:
    """Rows in the types that the table has at the destination.

    The destination never casts a value: a column whose type changed is stored in its old type if every value is exact
    in it, and otherwise in a variant ``<column>__v_<type>``. A column of JSON takes any value, as JSON.

    Args:
        types: dlt's data types of the rows' columns, which tell JSON from text.
    """
    for place, field in enumerate(list(rows.schema)):
        data_type = stored.get(field.name, {}).get("data_type")
        wanted = ARROW_TYPES.get(str(data_type)) or (pa.string() if field.type == pa.null() else field.type)
        values = rows.column(place)
        if data_type == "json" and (types or {}).get(field.name) not in (None, "json"):
            rows = rows.set_column(place, field.name, _as_json(values))
            continue
        if field.type == wanted:
            continue
        if (exact := _exact(values, wanted)) is not None:
            rows = rows.set_column(place, field.name, exact)
            continue
        rows = rows.set_column(place, field.name, pa.nulls(rows.num_rows, wanted))
        rows = _with_column(rows, f"{field.name}__v_{_LOGICAL[field.type]}", values)
    return rows


def _as_json(values: pa.ChunkedArray) -> pa.Array:
    texts = values.to_pylist() if pa.types.is_boolean(values.type) else values.cast(pa.string()).to_pylist()
    is_bare = pa.types.is_integer(values.type) or pa.types.is_boolean(values.type)
    return pa.array(
        [None if text is None else str(text).lower() if is_bare else json.dumps(text) for text in texts],
        pa.string(),
    )


def _exact(values: pa.ChunkedArray, wanted: pa.DataType) -> pa.ChunkedArray | None:
    """The values in another type; None if one of them would change. A truth value is no number."""
    if values.null_count == len(values):
        return pa.chunked_array([pa.nulls(len(values), wanted)])
    if pa.types.is_boolean(values.type) and wanted != pa.string():
        return None
    if pa.types.is_boolean(wanted) and values.type != pa.string():
        return None
    try:
        cast = values.cast(wanted)
        return cast if pc.all(pc.equal(cast.cast(values.type), values)).as_py() is not False else None
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None


_LOGICAL = {arrow: name for name, (_, arrow) in DATA_TYPES.items() if name != "json"}
