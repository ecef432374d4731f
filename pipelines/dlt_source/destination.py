"""Stored rows: what the destination of a pipeline has of a vendor's tables, through dlt."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from dlt.common.destination.exceptions import SqlClientNotAvailable
from dlt.common.destination.utils import resolve_merge_strategy
from dlt.destinations.exceptions import DatabaseUndefinedRelation
from dlt.pipeline import Pipeline
from dlt.pipeline.exceptions import PipelineNeverRan
from sqlglot import exp

from fieldhouse.sources.engine.spec.table import Table

from .hints import ARROW_TYPES, ROW_ID
from .open_tables import OpenTables
from .table_names import TableNames
from .versions import without_versions

LOAD_ID = "_dlt_load_id"
KEYS_PER_QUERY = 500
FETCHED_AT_ONCE = 10_000
JSON_AS_TEXT: Mapping[str, str] = {"postgres": "CAST({name} AS text) AS {name}"}
"""SQL dialects whose drivers decode JSON, which would lose the text as stored: how a query selects it."""
Columns = Mapping[str, Mapping[str, Any]]


class DestinationRows:
    """Rows of one dataset; the engine's ``KnownRows`` over any destination that dlt can query.

    Safe to use from many threads; queries are sent one after the other.

    Args:
        schema: the source's schema as it was before this run; table -> columns.
        appends: the tables whose versions are appended because the destination cannot merge: only the newest
            version of each row counts.
        names: what the tables are called at the destination.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        schema: str,
        tables: Mapping[str, Columns],
        appends: set[str],
        names: TableNames,
    ) -> None:
        self._open, self.names = OpenTables(pipeline, schema), names
        self._client = _sql_client(pipeline, schema) if tables else None
        self.tables = dict(tables) if self._client or self._open.formats else {}
        self._appends = appends
        self._loads = pipeline.schemas[schema].loads_table_name if tables else ""
        self._complete: frozenset[str] | None = None
        self.forgotten: set[str] = set()
        self._lock = threading.Lock()

    def has(self, table: str) -> bool:
        """True if the destination has the table."""
        return table in self.tables and table not in self.forgotten

    def child_tables(self, table: str) -> list[str]:
        """The stored child tables of a table of the inventory."""
        return [name for name in self.tables if name.startswith(f"{table}__") and self.has(name)]

    def known(self, table: Table, keys: pa.Table | None, extra: Sequence[str]) -> pa.Table:
        """Keys, ``_row_hash``, ``_deleted_at`` and extra columns of all rows, or of ``keys``.

        dlt commits one table after the other: a version of a load that did not end may lack its child rows. Such rows
        have neither hash nor time of deletion, so that they count as changed.
        """
        names = list(dict.fromkeys([*table.key, "_row_hash", "_deleted_at", *extra]))
        if not self.has(table.name):
            return pa.table({name: pa.array([], pa.null()) for name in names})
        stored = [name for name in [*names, LOAD_ID] if name in self.tables[table.name]]
        parts = [self._query(table.name, stored)] if keys is None else self.by_key(table.name, stored, keys)
        rows = pa.concat_tables(parts) if parts else self._empty(table.name, stored)
        if LOAD_ID in stored and self._client:
            rows = without_versions(rows, pc.invert(pc.is_in(rows.column(LOAD_ID), self._complete_loads())))
        for name in names:
            if name not in stored:
                rows = rows.append_column(name, pa.nulls(rows.num_rows))
        return rows.select(names)

    def _complete_loads(self) -> pa.Array:
        """The ids of the loads that ended; dlt enters a load last."""
        if self._complete is None:
            client: Any = self._client
            source = client.make_qualified_table_name(self._loads)
            load_id, status = map(client.escape_column_name, ("load_id", "status"))
            with (
                self._lock,
                client,
                client.execute_query(f"SELECT {load_id} FROM {source} WHERE {status} = 0") as cursor,
            ):
                self._complete = frozenset(str(row[0]) for row in cursor.fetchall())
        return pa.array(sorted(self._complete), pa.string())

    def values(self, table: str, column: str, where: tuple[str, Any] | None) -> list[Any]:
        """A column of the live rows of a table, where another column holds a value."""
        columns = self.tables.get(table, {})
        if not self.has(table) or column not in columns or (where and where[0] not in columns):
            return []
        names = list(dict.fromkeys([column, "_deleted_at", *([where[0]] if where else [])]))
        rows = self._query(table, names).to_pylist()
        return [
            row[column]
            for row in rows
            if row["_deleted_at"] is None and (where is None or row[where[0]] == where[1])
        ]

    def by_key(
        self, table: str, columns: Sequence[str], keys: pa.Table, link: Sequence[str] = ()
    ) -> list[pa.Table]:
        """The rows whose key is one of ``keys``.

        Args:
            link: the columns of ``table`` that hold the key; the key's own names by default.
        """
        link = link or keys.column_names
        wanted = {
            tuple(map(str, row)) for row in zip(*(column.to_pylist() for column in keys.columns), strict=True)
        }
        first = list(dict.fromkeys(keys.column(0).to_pylist()))
        names = list(dict.fromkeys([*columns, *link]))
        parts = []
        is_open = self.names.stored(table) in self._open.formats  # such a table is read to its end
        step = len(first) if is_open else KEYS_PER_QUERY
        for start in range(0, len(first), step or 1):
            part = self._query(table, names, (link[0], first[start : start + step]))
            if len(link) > 1:
                rows = zip(*(part.column(name).to_pylist() for name in link), strict=True)
                part = part.filter(pa.array([tuple(map(str, row)) in wanted for row in rows], pa.bool_()))
            parts.append(part.select(list(columns)))
        return parts

    def _query(
        self, table: str, columns: Sequence[str], where: tuple[str, Sequence[Any]] | None = None
    ) -> pa.Table:
        """The newest version of each row; a table that is not there any more counts as empty."""
        if (name := self.names.stored(table)) in self._open.formats:
            with self._lock:
                rows = self._open.rows(name, self._empty(table, columns).schema, where)
            if rows is None:
                self.forgotten.add(table)
            return self._empty(table, columns) if rows is None else rows
        if self._client is None:
            return self._empty(table, columns)
        try:
            with self._lock, self._client as client:
                sql = self._sql(client, table, columns, where)
                with client.execute_query(sql) as cursor:
                    return self._arrow(table, columns, cursor)
        except DatabaseUndefinedRelation:
            self.forgotten.add(table)
            return self._empty(table, columns)

    def _sql(
        self, client: Any, table: str, columns: Sequence[str], where: tuple[str, Sequence[Any]] | None
    ) -> str:
        quote: Callable[[str], str] = client.escape_column_name
        source = client.make_qualified_table_name(self.names.stored(table))
        condition = ""
        if where:
            literals = ", ".join(_literal(value, client.capabilities.sqlglot_dialect) for value in where[1])
            condition = f" WHERE {quote(where[0])} IN ({literals})"
        names = ", ".join(self._selected(client, table, name) for name in columns)
        if table not in self._appends:
            return f"SELECT {names} FROM {source}{condition}"
        age = f"coalesce({quote('_deleted_at')}, {quote('_synced_at')})"
        rank = f"row_number() OVER (PARTITION BY {quote(ROW_ID)} ORDER BY {age} DESC) AS version"
        return (
            f"SELECT {names} FROM (SELECT *, {rank} FROM {source}{condition}) AS versions WHERE version = 1"
        )

    def _selected(self, client: Any, table: str, column: str) -> str:
        name: str = client.escape_column_name(column)
        if self.tables[table][column].get("data_type") != "json":
            return name
        return JSON_AS_TEXT.get(client.capabilities.sqlglot_dialect, "{name}").format(name=name)

    def _arrow(self, table: str, columns: Sequence[str], cursor: Any) -> pa.Table:
        parts = [self._empty(table, columns)]
        while rows := cursor.fetchmany(FETCHED_AT_ONCE):
            values = zip(*rows, strict=True)
            fields = parts[0].schema
            arrays = [_array(column, field.type) for column, field in zip(values, fields, strict=True)]
            parts.append(pa.Table.from_arrays(arrays, schema=fields))
        return pa.concat_tables(parts)

    def _empty(self, table: str, columns: Sequence[str]) -> pa.Table:
        fields = [pa.field(name, self.arrow_type(table, name)) for name in columns]
        return pa.schema(fields).empty_table()

    def arrow_type(self, table: str, column: str) -> pa.DataType:
        """The Arrow type of a stored column."""
        return ARROW_TYPES.get(self.tables[table][column].get("data_type", "text"), pa.string())


def _sql_client(pipeline: Pipeline, schema: str) -> Any:
    """The pipeline's SQL client, or None if the destination has none. dlt's schemas are not safe to use from threads:
    it is made once."""
    try:
        return pipeline.sql_client(schema)
    except (SqlClientNotAvailable, PipelineNeverRan):
        return None


def effective_disposition(resource: Any, capabilities: Any) -> str:
    """What becomes of a resource's rows: ``merge``, ``append`` or ``replace``.

    ``merge`` turns into ``append`` at a destination without a merge strategy for the table's format.
    """
    table = resource.compute_table_schema()
    disposition = str(table.get("write_disposition", "append"))
    if disposition != "merge":
        return disposition
    return "merge" if resolve_merge_strategy({table["name"]: table}, table, capabilities) else "append"


def stored_tables(
    pipeline: Pipeline, schema: str, names: TableNames, dropped: Collection[str]
) -> dict[str, Columns]:
    """The tables that the pipeline has loaded before, with their complete columns, by their names in the inventory.

    Args:
        dropped: tables that the load drops before it begins.
    """
    if schema not in pipeline.schemas or pipeline.first_run:
        return {}
    stored: dict[str, Columns] = {}
    for name, table in pipeline.schemas[schema].tables.items():
        declared = names.declared(name)
        has_rows = (table.get("x-normalizer") or {}).get("seen-data")
        if declared and has_rows and name not in dropped and not name.startswith("_"):
            stored[declared] = {
                key: column for key, column in table["columns"].items() if "data_type" in column
            }
    return stored


def _literal(value: Any, dialect: str | None) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(exp.Literal.string(str(value)).sql(dialect))
    return str(exp.Literal.number(value).sql(dialect))


def _array(values: Sequence[Any], arrow_type: pa.DataType) -> pa.Array:
    convert = _CONVERT.get(arrow_type.id)
    return pa.array(
        [None if value is None else convert(value) if convert else value for value in values], arrow_type
    )


def _text(value: Any) -> str:
    return (
        value
        if isinstance(value, str)
        else json.dumps(value)
        if isinstance(value, dict | list)
        else str(value)
    )


def _timestamp(value: Any) -> datetime:
    """A time in UTC; databases without time zones return it as text or without a zone."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _date(value: Any) -> date:
    if isinstance(value, str):
        return date.fromisoformat(value[:10])
    return value.date() if isinstance(value, datetime) else value


_CONVERT: Mapping[int, Callable[[Any], Any]] = {
    pa.string().id: _text,
    pa.int64().id: int,
    pa.float64().id: float,
    pa.bool_().id: bool,
    pa.timestamp("us").id: _timestamp,
    pa.date32().id: _date,
    pa.decimal128(38, 9).id: lambda value: round(Decimal(str(value)), 9),
}


def batches(table: pa.Table, rows: int) -> Iterator[pa.Table]:
    """A table in parts of up to ``rows`` rows; an empty table gives nothing."""
    for start in range(0, table.num_rows, rows):
        yield table.slice(start, rows)
