"""Open tables: rows of Delta and Iceberg tables in a folder or bucket, read with the library that wrote them.

dlt's SQL client reads them with extensions of DuckDB, which a machine may not have or be able to download.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from dlt.common.destination.exceptions import DestinationUndefinedEntity
from dlt.pipeline import Pipeline


class OpenTables:
    """The Delta and Iceberg tables of a pipeline's schema.

    Attributes:
        formats: table -> ``delta`` or ``iceberg``; empty unless the destination is ``filesystem``.
    """

    def __init__(self, pipeline: Pipeline, schema: str) -> None:
        self._pipeline, self._schema = pipeline, schema
        self.formats: dict[str, str] = {}
        if pipeline.destination.destination_name == "filesystem" and schema in pipeline.schemas:
            tables: Mapping[str, Any] = pipeline.schemas[schema].tables
            formats = {name: table.get("table_format") for name, table in tables.items()}
            self.formats = {name: kind for name, kind in formats.items() if kind in ("delta", "iceberg")}

    def rows(self, table: str, schema: pa.Schema, where: tuple[str, Sequence[Any]] | None) -> pa.Table | None:
        """Rows of a table, or None if it is not there.

        Args:
            schema: the columns and their types.
            where: a column and the values that it may have; every row by default.
        """
        kind = self.formats[table]
        with self._pipeline.destination_client(self._schema) as client:
            try:
                opened: Any = client.load_open_table(kind, table)
            except DestinationUndefinedEntity:
                return None
            names = list(dict.fromkeys([*schema.names, *([where[0]] if where else [])]))
            batches = (_delta if kind == "delta" else _iceberg)(opened, names)
            parts = [_selected(batch, schema, where) for batch in batches]
        return pa.concat_tables([schema.empty_table(), *parts])


def _delta(table: Any, columns: list[str]) -> Iterable[pa.RecordBatch]:
    batches: Iterable[pa.RecordBatch] = table.to_pyarrow_dataset().to_batches(columns=columns)
    return batches


def _iceberg(table: Any, columns: list[str]) -> Iterable[pa.RecordBatch]:
    batches: Iterable[pa.RecordBatch] = table.scan(selected_fields=tuple(columns)).to_arrow_batch_reader()
    return batches


def _selected(batch: pa.RecordBatch, schema: pa.Schema, where: tuple[str, Sequence[Any]] | None) -> pa.Table:
    rows = pa.Table.from_batches([batch])
    if where is not None:
        column = rows.column(where[0])
        rows = rows.filter(pc.is_in(column, pa.array(where[1], column.type)))
    return rows.select(schema.names).cast(schema)
