"""DuckLake: tables as Parquet files on disk or S3, their catalogue in SQLite or Postgres.

Differences from a DuckDB file, each of them seen with DuckDB 1.5: rows land in an attached database in memory, since
one DuckDB may read it while it writes the lake, so that landing costs the lake nothing; a column's type is changed by
writing the table anew within the transaction, since a lake promotes few types in place; there are no indexes; and two
commits that touch the same row conflict, which is what keeps a replaced process out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fieldhouse.warehouse.errors import WarehouseError, WarehouseUnreachable

from .dialect import Dialect
from .duck import DuckDatabase
from .duck_catalogue import DuckCatalogue
from .duck_dialect import LakeDialect
from .duck_errors import translated
from .duck_instance import MemoryLimit
from .sql import literal, quote

if TYPE_CHECKING:
    import duckdb

NAME = "lake"
"""What the lake is attached as."""
_PASSWORD = re.compile(r"password=('(?:[^'\\]|\\.)*'|\S+)")


class LakeDatabase(DuckDatabase):
    """A lake, attached to an instance of this process that outlives it."""

    dialect: Dialect = LakeDialect()

    def __init__(self, instance: duckdb.DuckDBPyConnection, attach: str) -> None:
        """Attach the lake.

        Args:
            attach: the ATTACH statement, which names it `NAME`.
        """
        self.native = instance.cursor()
        self._in_transaction = False
        self._log, self._memory = None, MemoryLimit(self.execute)
        self._catalogue = DuckCatalogue(NAME, self.fetch, self.dialect.logical)
        self._landings: set[str] = set()
        self._name = NAME
        self.execute(attach)
        self.execute(f"USE {quote(NAME)}")
        self.execute("SET TimeZone = 'UTC'")

    def refresh(self) -> None:
        """Forget what other processes may have changed since; raises duckdb.Error if the catalogue does not answer."""
        self._catalogue.forget()
        self.schemas()

    def create_landing(self, landing: str) -> None:
        """A database in memory with the landing schema's name."""
        if landing not in self._landings:
            self.native.execute(f"ATTACH ':memory:' AS {quote(landing)}")
            self._landings.add(landing)

    def attach(self, landing: str, file: Path) -> None:
        """Offers the tables of a DuckDB file's schema ``main`` as a landing schema."""
        self.native.execute(f"ATTACH {literal(str(file))} AS {quote(landing)} (TYPE duckdb, READ_ONLY)")
        self._landings.add(landing)

    def drop_landing(self, landing: str) -> None:
        """Forgets the attached database, or drops a schema of that name."""
        if landing not in self._landings:
            super().drop_landing(landing)
            return
        self._landings.discard(landing)
        self._catalogue.drop(landing)
        self.native.execute(f"DETACH DATABASE IF EXISTS {quote(landing)}")

    def replace_table(self, schema: str, beside: str, table: str) -> None:
        """Puts a table in the place of another; one that has the same columns and rows stays, with its files."""
        place, source = f"{quote(schema)}.{quote(table)}", f"{quote(beside)}.{quote(table)}"
        if self.catalogue(schema).get(table) != self.catalogue(beside)[table]:
            self.execute(f"DROP TABLE IF EXISTS {place}")
            self.execute(f"CREATE TABLE {place} AS SELECT * FROM {source}")
        else:
            gone, new = (
                f"(SELECT * FROM {a} EXCEPT ALL SELECT * FROM {b})"
                for a, b in ((place, source), (source, place))
            )
            if self.fetch(f"SELECT 1 FROM (FROM {gone} UNION ALL FROM {new}) LIMIT 1"):
                self.execute(f"DELETE FROM {place}")
                self.execute(f"INSERT INTO {place} SELECT * FROM {source}")
        self._copy_comments(place, schema, beside, table)

    def _copy_comments(self, place: str, schema: str, beside: str, table: str) -> None:
        """The comments of the table beside that the table does not have yet."""
        present = set(self._comments(NAME, schema, table))
        where = (beside, "main") if beside in self._landings else (NAME, beside)
        for column, text in self._comments(*where, table):
            if (column, text) not in present:
                target = f"COLUMN {place}.{quote(column)}" if column else f"TABLE {place}"
                self.execute(f"COMMENT ON {target} IS {literal(text)}")

    def _comments(self, database: str, schema: str, table: str) -> list[tuple[str, str]]:
        """Column and comment of a table; the table's own has no column."""
        which = (
            f"database_name = {literal(database)} AND schema_name = {literal(schema)}"
            f" AND table_name = {literal(table)} AND comment IS NOT NULL"
        )
        return self.fetch(
            f"SELECT '', comment FROM duckdb_tables() WHERE {which}"
            f" UNION ALL SELECT column_name, comment FROM duckdb_columns() WHERE {which}"
        )

    def catalogue(self, schema: str) -> Mapping[str, Mapping[str, str]]:
        """The columns of every table of a schema of the lake, or of a landing database."""
        if schema not in self._landings:
            return super().catalogue(schema)
        tables: dict[str, dict[str, str]] = {}
        for table, column, kind in self.fetch(
            "SELECT table_name, column_name, data_type FROM duckdb_columns()"
            f" WHERE database_name = {literal(schema)} AND schema_name = 'main' AND NOT internal"
            " ORDER BY table_name, column_index"
        ):
            tables.setdefault(table, {})[column] = self.dialect.logical(kind)
        return tables

    def blocker(self, schema: str, table: str, column: str) -> str:
        """Nothing: a lake has no indexes."""
        return ""

    def change_types(self, schema: str, table: str, columns: Mapping[str, tuple[str, str]]) -> None:
        """Writes the table anew with the columns in their new types, in their order and with their comments."""
        ref, draft = f"{quote(schema)}.{quote(table)}", f"{table}__fieldhouse_draft"
        existing = self.fetch(
            "SELECT column_name, is_nullable, comment FROM duckdb_columns() WHERE database_name = current_database()"
            f" AND schema_name = {literal(schema)} AND table_name = {literal(table)} ORDER BY column_index"
        )
        values = [
            f"CAST({columns[name][1]} AS {columns[name][0]}) AS {quote(name)}"
            if name in columns
            else quote(name)
            for name, _, _ in existing
        ]
        self.execute(f"CREATE TABLE {quote(schema)}.{quote(draft)} AS SELECT {', '.join(values)} FROM {ref}")
        self.execute(f"DROP TABLE {ref}")
        self.execute(f"ALTER TABLE {quote(schema)}.{quote(draft)} RENAME TO {quote(table)}")
        for name, is_nullable, comment in existing:
            if not is_nullable:
                self.execute(f"ALTER TABLE {ref} ALTER COLUMN {quote(name)} SET NOT NULL")
            if comment:
                self.execute(f"COMMENT ON COLUMN {ref}.{quote(name)} IS {literal(comment)}")

    def fetch_locked(
        self, select: str, schema: str, table: str, condition: str, column: str
    ) -> list[tuple[Any, ...]]:
        """Writes a column of the rows as it is, then reads them: of two such transactions the second cannot commit."""
        ref = f"{quote(schema)}.{quote(table)}"
        self.execute(f"UPDATE {ref} SET {quote(column)} = {quote(column)} WHERE {condition}")
        return self.fetch(f"SELECT {select} FROM {ref} WHERE {condition}")

    def settle(self) -> None:
        """Nothing: every commit is complete."""

    def close(self) -> None:
        """Lets go of the lake and of the landing databases."""
        for landing in list(self._landings):
            self.drop_landing(landing)
        super().close()

    def translated(self, error: Exception) -> WarehouseError | None:
        """What an error means to a run; a commit that lost against another one can be tried again."""
        made = lake_error(error)
        return made if made is not None else translated(error)


def lake_error(error: Exception) -> WarehouseError | None:
    """The error of a lake without the catalogue's password; None for one that is not DuckDB's."""
    import duckdb

    if not isinstance(error, duckdb.Error):
        return None
    message = _PASSWORD.sub("password=***", str(error).partition("\n")[0])
    if isinstance(error, duckdb.OutOfMemoryException):
        return WarehouseUnreachable(f"DuckDB has too little memory: {message}")
    if "onflict" in message:
        return WarehouseUnreachable(f"the lake was changed by another process meanwhile: {message}")
    broken = (duckdb.IOException, duckdb.TransactionException, duckdb.HTTPException, duckdb.FatalException)
    # What SQLite reports, such as "disk I/O error", arrives without a class of its own.
    if isinstance(error, broken) or type(error) is duckdb.Error:
        return WarehouseUnreachable(f"DuckDB could not read or write the lake: {message}")
    return None


def attach_statement(catalogue: str, data: str, *, read_only: bool = False) -> str:
    """The statement that attaches a lake as `NAME`.

    Args:
        catalogue: ``sqlite:/path`` or ``postgres:dbname=… host=…``.
        data: a folder or an S3 address.
    """
    options = [f"DATA_PATH {literal(data)}", *(["READ_ONLY"] if read_only else [])]
    return f"ATTACH {literal(f'ducklake:{catalogue}')} AS {quote(NAME)} ({', '.join(options)})"


_REWRITE_SHARE = 0.05
"""The share of deleted rows from which on a file is written anew. DuckLake merges a file with deleted rows with no
other, so every sync whose rows changed later would leave files for ever; a large file of which little changed stays.
"""


def maintenance(older_than: str) -> list[str]:
    """The statements of a lake's upkeep, in order.

    Args:
        older_than: an interval, ``7 days``: snapshots older than this are forgotten, and what only they read deleted.
    """
    lake, age = literal(NAME), f"now() - INTERVAL {literal(older_than)}"
    return [
        f"CALL ducklake_flush_inlined_data({lake})",
        f"CALL ducklake_rewrite_data_files({lake}, delete_threshold => {_REWRITE_SHARE})",
        f"CALL ducklake_merge_adjacent_files({lake})",
        f"CALL ducklake_expire_snapshots({lake}, older_than => {age})",
        f"CALL ducklake_cleanup_old_files({lake}, cleanup_all => true)",
        f"CALL ducklake_delete_orphaned_files({lake}, cleanup_all => true)",
    ]


def secret_statement(environment: Mapping[str, str]) -> str:
    """The S3 secret that AWS's own variables describe; empty if they name no key.

    Args:
        environment: ``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY``, ``AWS_SESSION_TOKEN``, ``AWS_REGION`` and
            ``AWS_ENDPOINT_URL_S3`` or ``AWS_ENDPOINT_URL``.
    """
    if not environment.get("AWS_ACCESS_KEY_ID"):
        return ""
    endpoint = environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL", "")
    options: dict[str, Any] = {
        "KEY_ID": environment["AWS_ACCESS_KEY_ID"],
        "SECRET": environment.get("AWS_SECRET_ACCESS_KEY", ""),
        "SESSION_TOKEN": environment.get("AWS_SESSION_TOKEN", ""),
        "REGION": environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION", ""),
    }
    if endpoint:
        scheme, _, host = endpoint.partition("://")
        options |= {
            "ENDPOINT": host.rstrip("/"),
            "URL_STYLE": "path",
            "USE_SSL": str(scheme == "https").lower(),
        }
    given = ", ".join(f"{name} {literal(value)}" for name, value in options.items() if value)
    return f"CREATE OR REPLACE SECRET fieldhouse_s3 (TYPE s3, {given})"
