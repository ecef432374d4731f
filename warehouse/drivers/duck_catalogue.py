"""The tables and columns of an open DuckDB file, as far as they are known.

DuckDB lists every column of the instance to return those of one schema: 2 ms of CPU with one account in the file, 16
with ten. Views are left out by their own list: DuckDB lists tables with their sizes, for which a lake reads the
statistics of each table, which took a second with 16 accounts. Nobody else changes an open file, so an answer holds
until a statement of ours changes a table, and after one that changes a single table only that table is asked for again.
The cost of a load then follows its own tables and not those of other accounts: the first sync of 40 accounts of 43
tables took 102 CPU seconds when each new table made all columns be listed again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from .sql import literal, quote

_NAME = r'"((?:[^"]|"")+)"'
_KEEPS_TABLES = re.compile(
    r"COMMENT ON |(BEGIN|COMMIT|SET|RESET|SELECT|WITH|INSERT|UPDATE|DELETE|MERGE|CREATE OR REPLACE TEMP TABLE)\b[^;]*\Z"
)
"""Statements that leave all tables and columns as they are; what follows a semicolon, or a rollback, may not. Comments
are joined with other comments only."""
_CHANGES_ONE = re.compile(
    rf"(CREATE TABLE|CREATE TABLE IF NOT EXISTS|DROP TABLE|DROP TABLE IF EXISTS|ALTER TABLE) {_NAME}\.{_NAME}"
    r"(?! RENAME TO)[^;]*"
)
_CHANGES_SCHEMA = re.compile(rf"(CREATE|DROP) SCHEMA IF (?:NOT )?EXISTS {_NAME}(?: CASCADE)?")


class DuckCatalogue:
    """What is known of a file's tables.

    Args:
        database: what DuckDB calls the file.
        fetch: runs a query.
        logical: the logical type of DuckDB's name of one.
    """

    def __init__(
        self, database: str, fetch: Callable[[str], list[tuple[Any, ...]]], logical: Callable[[str], str]
    ) -> None:
        self._database, self._fetch, self._logical = database, fetch, cache(logical)
        self._schemas: dict[str, dict[str, dict[str, str]]] = {}
        self._has_all = False
        self._stale: set[tuple[str, str]] = set()

    def forget(self) -> None:
        """Nothing is known from here on."""
        self._schemas.clear()
        self._stale.clear()
        self._has_all = False

    def drop(self, schema: str) -> None:
        """A schema is gone."""
        self._schemas.pop(schema, None)
        self._stale = {place for place in self._stale if place[0] != schema}

    def follow(self, sql: str) -> None:
        """A statement was run."""
        if _KEEPS_TABLES.match(sql):
            return
        if change := _CHANGES_ONE.fullmatch(sql):
            kind, schema, table = change[1], _plain(change[2]), _plain(change[3])
            self._stale.discard((schema, table))
            if kind.startswith("DROP"):
                self._schemas.get(schema, {}).pop(table, None)
            else:
                self._stale.add((schema, table))
        elif change := _CHANGES_SCHEMA.fullmatch(sql):
            schema = _plain(change[2])
            if change[1] == "DROP":
                self.drop(schema)
            elif self._has_all:
                self._schemas.setdefault(schema, {})
        else:
            self.forget()

    def tables(self, schema: str) -> Mapping[str, Mapping[str, str]]:
        """The columns of every table of a schema with their logical types, in order.

        Whoever asks for a second schema may ask for all of them, so all are read then.
        """
        if schema not in self._schemas and not self._has_all:
            self._read(schema)
        tables = self._schemas.get(schema, {})
        for place in [place for place in self._stale if place[0] == schema]:
            self._stale.discard(place)
            tables[place[1]] = self._columns(*place)
        return {table: dict(tables[table]) for table in sorted(tables)}

    def _read(self, schema: str) -> None:
        which = "" if self._schemas else f" AND schema_name = {literal(schema)}"
        self._has_all = not which
        self._schemas = {schema: {}}
        self._stale.clear()
        for name, table, column, kind in self._fetch(
            "SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns()"
            f" WHERE database_name = current_database(){which} AND (schema_name, table_name) NOT IN"
            " (SELECT (schema_name, view_name) FROM duckdb_views() WHERE database_name = current_database())"
            " ORDER BY schema_name, table_name, column_index"
        ):
            columns = self._schemas.setdefault(name, {}).setdefault(table, {})
            columns[column] = self._logical(kind)

    def _columns(self, schema: str, table: str) -> dict[str, str]:
        place = ".".join(quote(name) for name in (self._database, schema, table))
        rows: Iterable[tuple[Any, ...]] = self._fetch(
            f"SELECT column_name, column_type FROM (DESCRIBE {place})"
        )
        return {name: self._logical(kind) for name, kind in rows}


def _plain(name: str) -> str:
    return name.replace('""', '"')
