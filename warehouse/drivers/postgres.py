"""Postgres: rows travel by COPY, in both directions."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from fieldhouse.warehouse.errors import (
    SchemaConflict,
    StatementFailed,
    WarehouseBusy,
    WarehouseError,
    WarehouseSettingsError,
    WarehouseUnreachable,
)

from .dialect import Dialect
from .postgres_copy import copy_out, copy_out_all
from .postgres_dialect import CASTS, SESSION_SETTINGS, PostgresDialect
from .postgres_replace import replace_table
from .protocol import arrow_type, logical_of, rows_of
from .sql import literal, names, quote

if TYPE_CHECKING:
    import psycopg2.extensions
    import pyarrow as pa

_ENCODINGS = ("UTF8", "SQL_ASCII")
"""Encodings of a database that store every text that a vendor can send; SQL_ASCII stores bytes as they come."""
_ALL_ROWS = "SET row_security = off"
"""An error if a policy would hide rows from the sync itself."""
_IDLE_SESSIONS_SINCE = 140000
"""The server's version that has a timeout for idle sessions. A statement's time stays the server's choice."""
_BLOCKING = ("pg_policy", "pg_trigger", "pg_proc", "pg_publication_rel")
_LIBPQ_FAILED = "PGRES_FATAL_ERROR "
# Postgres 15 has no cast that answers null for what does not fit.
_TRY = """
CREATE OR REPLACE FUNCTION pg_temp.fieldhouse_{name}(given text) RETURNS {native} LANGUAGE plpgsql STABLE AS
$body$ BEGIN RETURN CAST(given AS {native}); EXCEPTION WHEN data_exception THEN RETURN {otherwise}; END $body$
"""

T = TypeVar("T")


class PostgresDatabase:
    """An open Postgres connection, without implicit transactions."""

    dialect: Dialect = PostgresDialect()

    def __init__(self, native: psycopg2.extensions.connection, lock_wait: float = 0) -> None:
        self.native = native
        self.native.autocommit = True
        self._has_casts = False
        self._is_to_begin = False
        self._refuse_encoding()
        newer = ["SET idle_session_timeout = 0"] if native.server_version >= _IDLE_SESSIONS_SINCE else []
        self.execute(
            "; ".join([SESSION_SETTINGS, _ALL_ROWS, f"SET lock_timeout = {int(lock_wait * 1000)}", *newer])
        )

    def _refuse_encoding(self) -> None:
        encoding = self.native.get_parameter_status("server_encoding")
        if encoding and encoding not in _ENCODINGS:
            raise WarehouseSettingsError(
                f"warehouse.url: the database {self.native.info.dbname} has the encoding {encoding}, which cannot"
                " store every text that a vendor sends; expected UTF8. Create the database with ENCODING 'UTF8'"
                " TEMPLATE template0, and set warehouse.url to it."
            )

    def execute(self, sql: str) -> int:
        """Runs one statement; returns the rows it changed."""
        self._create_casts(sql)
        with self.native.cursor() as cursor:
            cursor.execute(self._with_begin(sql))
            return max(cursor.rowcount, 0)

    def fetch(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of one query."""
        self._create_casts(sql)
        with self.native.cursor() as cursor:
            cursor.execute(self._with_begin(sql))
            return cursor.fetchall()

    def arrow(self, select: str, schema: pa.Schema) -> pa.Table:
        """The rows of one query as the given Arrow schema."""
        self._begin()
        return copy_out(self.native, select, schema)

    def arrow_parts(self, select: str, schema: pa.Schema) -> Iterator[pa.Table]:
        """The rows of one query, all at once: COPY hands them over as one text."""
        yield self.arrow(select, schema)

    def arrow_all(self, selects: Sequence[tuple[str, pa.Schema]]) -> list[pa.Table]:
        """The rows of several queries, by one COPY."""
        self._begin()
        return copy_out_all(self.native, selects)

    def put(self, ref: str, table: pa.Table) -> None:
        """Makes a new table of that quoted name with these rows."""
        import pyarrow as pa
        from pyarrow import csv

        kinds = {field.name: logical_of(field.type) for field in table.schema}
        listed = ", ".join(f"{quote(c)} {self.dialect.types[kind]}" for c, kind in kinds.items())
        self.execute(f"CREATE TABLE {ref} ({listed})")
        plain = table.cast(pa.schema([(c, arrow_type(kind)) for c, kind in kinds.items()]))
        plain = plain.combine_chunks()  # Arrow writes NULs for a table that begins with an empty chunk
        wire = io.BytesIO()
        csv.write_csv(plain, wire, csv.WriteOptions(include_header=False, quoting_style="all_valid"))
        wire.seek(0)
        with self.native.cursor() as cursor:
            cursor.copy_expert(f"COPY {ref} ({names(kinds)}) FROM STDIN (FORMAT csv)", wire)
        self.execute(f"ANALYZE {ref}")

    def stage(self, name: str, table: pa.Table) -> str:
        """Puts a table into a temporary one of this connection."""
        ref = self.dialect.temporary(name)
        self.execute(f"DROP TABLE IF EXISTS {ref}")
        self.put(ref, table)
        return ref

    def temporary(self, name: str, select: str) -> str:
        """Puts a query's rows into a temporary table of this connection."""
        ref = self.dialect.temporary(name)
        self.execute(f"DROP TABLE IF EXISTS {ref}")
        self.execute(f"CREATE TEMP TABLE {quote(name)} AS {select}")
        self.execute(f"ANALYZE {ref}")
        return ref

    def with_more_memory(self, work: Callable[[], T]) -> T:
        """Does it: a server's memory is its own affair."""
        return work()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One transaction: rolled back when the body raises. It begins with its first statement, in one message."""
        self._is_to_begin = True
        try:
            yield
            if not self._is_to_begin:
                self.execute("COMMIT")
        except BaseException:
            self._roll_back()
            raise
        finally:
            self._is_to_begin = False

    def _with_begin(self, sql: str) -> str:
        begins, self._is_to_begin = self._is_to_begin, False
        return f"BEGIN; {sql}" if begins else sql

    def _begin(self) -> None:
        """Begins a transaction that waits for its first statement, before one that stands alone, such as COPY."""
        if self._is_to_begin:
            self.execute("SELECT 1")

    def _roll_back(self) -> None:
        """Nothing is left to roll back where the connection itself is gone."""
        import psycopg2

        self._has_casts = False
        if self._is_to_begin:
            return
        with suppress(psycopg2.OperationalError, psycopg2.InterfaceError):
            self.execute("ROLLBACK")

    def schemas(self) -> list[str]:
        """The names of all schemas of the database."""
        return [name for (name,) in self.fetch("SELECT nspname FROM pg_catalog.pg_namespace")]

    def catalogue(self, schema: str) -> Mapping[str, Mapping[str, str]]:
        """The columns of every table of a schema with their logical types, in order."""
        tables: dict[str, dict[str, str]] = {}
        logical = cache(self.dialect.logical)
        for table, column, kind in self.fetch(
            "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod)"
            " FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
            " JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
            f" WHERE n.nspname = {literal(schema)} AND c.relkind IN ('r', 'p')"
            " ORDER BY c.relname, a.attnum"
        ):
            tables.setdefault(table, {})[column] = logical(kind)
        return tables

    def replace_table(self, schema: str, beside: str, table: str) -> None:
        """Puts a table of another schema in the place of that of the same name."""
        replace_table(self, schema, beside, table)

    def create_landing(self, landing: str) -> None:
        """Makes the schema in which rows land, if it is not there."""
        self.execute(f"CREATE SCHEMA IF NOT EXISTS {quote(landing)}")

    def drop_landing(self, landing: str) -> None:
        """Drops a landing schema with everything in it."""
        self.execute(f"DROP SCHEMA IF EXISTS {quote(landing)} CASCADE")

    def change_types(self, schema: str, table: str, columns: Mapping[str, tuple[str, str]]) -> None:
        """Changes the types of columns in place."""
        for name, (kind, value) in columns.items():
            self.execute(
                f"ALTER TABLE {quote(schema)}.{quote(table)} ALTER COLUMN {quote(name)} TYPE {kind} USING {value}"
            )

    def fetch_locked(
        self, select: str, schema: str, table: str, condition: str, column: str
    ) -> list[tuple[Any, ...]]:
        """Reads the rows under a share lock, which a writer of them waits for."""
        return self.fetch(f"SELECT {select} FROM {quote(schema)}.{quote(table)} WHERE {condition} FOR SHARE")

    def blocker(self, schema: str, table: str, column: str) -> str:
        """Objects that depend on the column so that its type cannot change; a default does not count."""
        named = ", ".join(f"'{kind}'::regclass" for kind in _BLOCKING)
        rows = self.fetch(
            "SELECT CASE WHEN v.oid IS NULL THEN pg_describe_object(d.classid, d.objid, d.objsubid)"
            " ELSE (CASE v.relkind WHEN 'm' THEN 'materialized view ' WHEN 'v' THEN 'view ' ELSE 'rule on ' END)"
            " || v.oid::regclass END"
            " FROM pg_depend AS d"
            " JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid"
            " JOIN pg_class AS c ON c.oid = a.attrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace"
            " LEFT JOIN pg_rewrite AS r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass"
            " LEFT JOIN pg_class AS v ON v.oid = r.ev_class"
            " LEFT JOIN pg_attrdef AS f ON f.oid = d.objid AND d.classid = 'pg_attrdef'::regclass"
            " LEFT JOIN pg_constraint AS k ON k.oid = d.objid AND d.classid = 'pg_constraint'::regclass"
            " LEFT JOIN pg_index AS i ON i.indexrelid = d.objid AND d.classid = 'pg_class'::regclass"
            f" WHERE n.nspname = {literal(schema)} AND c.relname = {literal(table)}"
            f" AND a.attname = {literal(column)} AND d.refclassid = 'pg_class'::regclass"
            # Generated columns: Postgres 13 and 14 record the column itself, later versions its default.
            " AND (v.oid IS NOT NULL OR (d.classid = 'pg_class'::regclass AND d.objid = d.refobjid AND d.objsubid > 0)"
            " OR f.adnum <> a.attnum OR k.contype IN ('c', 'f', 'x')"
            f" OR i.indexprs IS NOT NULL OR i.indpred IS NOT NULL OR d.classid IN ({named}))"
            " ORDER BY d.classid, d.objid LIMIT 1"
        )
        return str(rows[0][0]) if rows else ""

    def user_of(self, schema: str, table: str, column: str) -> str:
        """What blocks a change of its type needs the column."""
        return self.blocker(schema, table, column)

    @contextmanager
    def one_at_a_time(self, what: str) -> Iterator[None]:
        """Lets one session of all machines into the block."""
        number = f"hashtext({literal(f'fieldhouse {what}')})"
        self.execute(f"SELECT pg_advisory_lock({number})")
        try:
            yield
        finally:
            self.execute(f"SELECT pg_advisory_unlock({number})")

    def translated(self, error: Exception) -> WarehouseError | None:
        """What a driver's error means to a run; None for one that is not the driver's."""
        return translated(error)

    def close(self) -> None:
        """Ends the connection."""
        self.native.close()

    def _create_casts(self, sql: str) -> None:
        if self._has_casts or CASTS not in sql:
            return
        self._has_casts = True
        for name, native, otherwise in (
            ("json", "jsonb", "to_jsonb(given)"),
            ("date", "date", "NULL"),
            ("timestamp", "timestamptz", "NULL"),
            ("double", "double precision", "NULL"),
        ):
            with self.native.cursor() as cursor:
                cursor.execute(_TRY.format(name=name, native=native, otherwise=otherwise))


class PostgresQueries:
    """A read-only transaction; a query that fails leaves it usable."""

    def __init__(self, native: psycopg2.extensions.connection) -> None:
        self._cursor = native.cursor()

    def fetch(self, sql: str) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]:
        """The names of a query's columns and its rows. Raises StatementFailed."""
        import psycopg2

        self._cursor.execute("SAVEPOINT query")
        try:
            self._cursor.execute(sql)
            return rows_of(self._cursor)
        except psycopg2.Error as error:
            self._cursor.execute("ROLLBACK TO SAVEPOINT query")
            raise StatementFailed(str(error).strip().partition("\n")[0]) from error


def translated(error: Exception) -> WarehouseError | None:
    """What a driver's error means to a run, psycopg2's or ADBC's; None for one that is not the driver's.

    Only the first line is kept: the details that follow can quote a row.
    """
    import psycopg2
    from psycopg2 import errors

    error = _as_psycopg2(error)
    text = f"Postgres: {str(error).strip().partition(chr(10))[0]}"
    if isinstance(error, (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure)):
        return WarehouseBusy(text)
    if isinstance(error, errors.ForeignKeyViolation):
        return SchemaConflict(f"{text}; it is not ours: drop it or make it DEFERRABLE INITIALLY DEFERRED")
    if isinstance(error, (psycopg2.IntegrityError, errors.RaiseException)) and not _is_key(error):
        return SchemaConflict(f"{text}; it is not ours: drop it and sync again")
    if isinstance(error, errors.InsufficientPrivilege):
        return WarehouseSettingsError(
            f"{text}; the warehouse's user needs CREATE on the database, must own its tables, and see all their rows"
        )
    if isinstance(error, errors.ReadOnlySqlTransaction):
        return WarehouseUnreachable(f"{text}; the server takes no writes now, as a standby does")
    if isinstance(error, errors.DiskFull):
        return WarehouseUnreachable(
            f"{text}; the server's disk is full: make room there",
            do="Make room there and run the command again.",
        )
    if isinstance(error, (errors.ProgramLimitExceeded, errors.TooManyColumns, errors.StatementTooComplex)):
        return StatementFailed(text)
    if isinstance(error, psycopg2.InterfaceError):
        return WarehouseUnreachable(f"{text}; it broke off before")
    if isinstance(error, psycopg2.OperationalError):
        return WarehouseUnreachable(text)
    return StatementFailed(text) if isinstance(error, psycopg2.Error) else None


def _is_key(error: psycopg2.Error) -> bool:
    """Whether the primary key was violated: that is ours."""
    return re.search(r"_pkey\d*\Z", str(error.diag.constraint_name or "")) is not None


def _as_psycopg2(error: Exception) -> Exception:
    """ADBC reports the server's code as well, if the server sent one."""
    from psycopg2 import OperationalError, errors

    if not type(error).__module__.startswith("adbc_driver_manager"):
        return error
    code = getattr(error, "sqlstate", None)
    text = str(error).rpartition(_LIBPQ_FAILED)[2].removeprefix("ERROR:").strip()
    try:
        return errors.lookup(code)(text) if code else OperationalError(text)
    except KeyError:
        return OperationalError(text)
