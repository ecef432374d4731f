"""Stored rows as a warehouse would give them, for the tests of decisions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from fieldhouse.sources.engine.changes.records import Matched
from fieldhouse.sources.engine.changes.row_index import RowIndex

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)


def known(rows: Sequence[dict[str, Any]], *extra: str) -> pa.Table:
    """Arrow table of rows ``{"id", "hash", "list_hash", "deleted", …}``."""
    columns = {
        "id": pa.array([row["id"] for row in rows], pa.int64()),
        "_row_hash": pa.array([row.get("hash", 0) for row in rows], pa.int64()),
        "_list_hash": pa.array([row.get("list_hash") for row in rows], pa.int64()),
        "_deleted_at": pa.array(
            [NOW if row.get("deleted") else None for row in rows], pa.timestamp("us", "UTC")
        ),
    }
    return pa.table({**columns, **{name: pa.array([row.get(name) for row in rows]) for name in extra}})


def index(*rows: dict[str, Any], extra: Sequence[str] = ()) -> RowIndex:
    """The index of rows with an integer key ``id``."""
    return RowIndex(("id",), known(rows, *extra))


def matched(row_index: RowIndex, id: int, **record: Any) -> Matched:
    """The record ``id``, with its position in the index."""
    return Matched({"id": id, **record}, 0, id, row_index.find(id))
