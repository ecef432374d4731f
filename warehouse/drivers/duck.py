"""DuckDB: one file, one writing process at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from fieldhouse.warehouse.errors import StatementFailed, WarehouseError

from .dialect import Dialect
from .duck_catalogue import DuckCatalogue
from .duck_dialect import DuckDialect, database_name
from .duck_errors import lacks_memory, translated
from .duck_instance import DuckInstance, MemoryLimit
from .duck_replace import replace_table
from .protocol import rows_of
from .sql import literal, quote

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

STORAGE_VERSION = "v1.0.0"
_LONG_LOG = 16 << 20
"""Bytes of a log that is written into the file after a transaction; DuckDB by itself does so inside the commit."""
_ROWS_A_PART = 100_000
T = TypeVar("T")


class DuckDatabase:
    """A DuckDB file, attached to an instance of this process that outlives it.

    Making an instance costs eight times what attaching a file does. Each result is fetched at once: an unread
    one breaks the next call.
    """

    dialect: Dialect = DuckDialect()

    def __init__(self, instance: DuckInstance, path: Path) -> None:
        self.native = instance.native.cursor()
        self._in_transaction = False
        self._name = database_name(path)
        self._log: Path | None = path.with_name(path.name + ".wal")
        self._catalogue = DuckCatalogue(self._name, self.fetch, self.dialect.logical)
        self._instance, self._path = instance, path
        self._memory = MemoryLimit(self.execute, instance.usual_memory)
        self._memory.lift()  # what a killed run left to be done takes whatever it takes
        self._attach()
        ((widest, all_columns),) = self.fetch(
            "SELECT coalesce(max(column_count), 0), coalesce(sum(column_count), 0) FROM duckdb_tables()"
            " WHERE database_name = current_database()"
        )
        self._memory.begin(widest, all_columns)

    def with_more_memory(self, work: Callable[[], T]) -> T:
        """Does it, and once more with as much memory as DuckDB takes by itself where that was too little.

        Inside a transaction, which such an error ends, the whole of it has to be tried again.
        """
        import duckdb

        try:
            return work()
        except duckdb.Error as error:
            if self._in_transaction or not lacks_memory(error):
                raise
            self._memory.give_up()
            return work()

    def _attach(self) -> None:
        self.execute(f"ATTACH {literal(str(self._path))} AS {quote(self._name)} (TYPE duckdb)")
        self.execute(f"USE {quote(self._name)}")
        self.execute("SET TimeZone = 'UTC'")

    def _checkpoint(self) -> None:
        """Writes the log into the file, the second time without a limit of memory.

        To compress a column, DuckDB collects the texts of a row group, of 122,880 rows. Without room for them the file
        has to be attached again; the log still has all that was committed.
        """
        import duckdb

        try:
            self.native.execute("CHECKPOINT")
        except duckdb.Error as error:
            if not lacks_memory(error):
                raise
            self.native = self._instance.native.cursor()
            self._memory.give_up()
            self.execute(f"DETACH {quote(self._name)}")
            self._attach()
            self.native.execute("CHECKPOINT")

    def execute(self, sql: str) -> int:
        """Runs one statement; returns the rows it changed."""
        rows = self.fetch(sql)
        return int(rows[0][0]) if rows and isinstance(rows[0][0], int) else 0

    def fetch(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of one query."""
        try:
            rows = self.with_more_memory(lambda: self.native.execute(sql).fetchall())
        except BaseException:
            self._catalogue.forget()
            raise
        self._catalogue.follow(sql)
        return rows

    def arrow(self, select: str, schema: pa.Schema) -> pa.Table:
        """The rows of one query as the given Arrow schema."""
        return self.with_more_memory(lambda: self.native.sql(select).to_arrow_table()).cast(schema)

    def arrow_parts(self, select: str, schema: pa.Schema) -> Iterator[pa.Table]:
        """The rows of one query, some at a time."""
        import pyarrow as pa

        for batch in self.native.sql(select).to_arrow_reader(_ROWS_A_PART):
            yield pa.Table.from_batches([batch]).cast(schema)

    def arrow_all(self, selects: Sequence[tuple[str, pa.Schema]]) -> list[pa.Table]:
        """The rows of each query: within this process a statement costs little."""
        return [self.arrow(select, schema) for select, schema in selects]

    def put(self, ref: str, table: pa.Table) -> None:
        """Makes a new table of that quoted name with these rows."""
        self._memory.allow(table.num_columns)
        with self._registered(table) as offered:
            self.execute(f"CREATE TABLE {ref} AS SELECT * FROM {offered}")

    def stage(self, name: str, table: pa.Table) -> str:
        """Puts a table into a temporary one of this connection."""
        with self._registered(table) as offered:
            return self.temporary(name, f"SELECT * FROM {offered}")

    @contextmanager
    def _registered(self, table: pa.Table) -> Iterator[str]:
        """The name under which SQL reads an Arrow table inside the block."""
        import duckdb

        self.native.register("fieldhouse_stage", table)
        try:
            yield "fieldhouse_stage"
        finally:
            with suppress(duckdb.Error):  # an aborted transaction refuses it, and its own error is reported
                self.native.unregister("fieldhouse_stage")

    def temporary(self, name: str, select: str) -> str:
        """Puts a query's rows into a temporary table of this connection."""
        self.execute(f"CREATE OR REPLACE TEMP TABLE {quote(name)} AS {select}")
        return self.dialect.temporary(name)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One transaction: rolled back when the body raises."""
        self.execute("BEGIN")
        self._in_transaction = True
        try:
            yield
            self.execute("COMMIT")
        except BaseException:
            self._roll_back()
            raise
        finally:
            self._in_transaction = False
        if self._log and self._log.exists() and self._log.stat().st_size >= _LONG_LOG:
            self._checkpoint()

    def _roll_back(self) -> None:
        """A failed COMMIT has ended the transaction already, a full disk the whole connection."""
        import duckdb

        with suppress(duckdb.Error):
            self.execute("ROLLBACK")

    def schemas(self) -> list[str]:
        """The names of all schemas of the file."""
        rows = self.fetch("SELECT schema_name FROM duckdb_schemas() WHERE database_name = current_database()")
        return [name for (name,) in rows]

    def catalogue(self, schema: str) -> Mapping[str, Mapping[str, str]]:
        """The columns of every table of a schema with their logical types, in order; see `duck_catalogue`."""
        return self._catalogue.tables(schema)

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
        """Reads the rows: no other process has the file open."""
        return self.fetch(f"SELECT {select} FROM {quote(schema)}.{quote(table)} WHERE {condition}")

    def blocker(self, schema: str, table: str, column: str) -> str:
        """An index on any column of a table blocks the change of every column's type."""
        rows = self.fetch(
            "SELECT index_name FROM duckdb_indexes() WHERE database_name = current_database()"
            f" AND schema_name = {literal(schema)} AND table_name = {literal(table)} LIMIT 1"
        )
        return f"index {rows[0][0]}" if rows else ""

    def user_of(self, schema: str, table: str, column: str) -> str:
        """A view lists no columns: only its text shows that it may read the table."""
        rows = self.fetch(
            "SELECT view_name FROM duckdb_views() WHERE NOT internal AND database_name = current_database()"
            f" AND contains(sql, {literal(table)}) LIMIT 1"
        )
        return f"view {rows[0][0]}" if rows else self.blocker(schema, table, column)

    @contextmanager
    def one_at_a_time(self, what: str) -> Iterator[None]:
        """Nothing to wait for: a file is never open in two processes at once."""
        yield

    def settle(self) -> None:
        """Writes the whole of the file's own bookkeeping anew, so that every DuckDB 1.x opens it.

        A checkpoint keeps the metadata of tables that did not change where it stands; after many tables were made
        and dropped, as a build does, DuckDB up to 1.3 then no longer finds it ("Failed to load metadata pointer").
        Writing all of it costs some thirty times as much, so it is done once, at the end of a run. A schema comes
        and goes because a checkpoint with nothing to do does nothing.
        """
        self.execute("SET experimental_metadata_reuse = false")
        try:
            self.execute("CREATE SCHEMA fieldhouse_settles")
            self.execute("DROP SCHEMA fieldhouse_settles")
            self._checkpoint()
        finally:
            self.execute("SET experimental_metadata_reuse = true")

    def close(self) -> None:
        """Writes the log into the file and lets go of it."""
        if self._log and self._log.exists():
            self._checkpoint()
        self.execute("USE memory")
        self.execute(f"DETACH {quote(self._name)}")
        self.native.close()

    def translated(self, error: Exception) -> WarehouseError | None:
        """What a DuckDB error means to a run; None for one that is not DuckDB's."""
        return translated(error)


class DuckQueries:
    """A DuckDB file that was opened read-only, for as long as the block lasts."""

    def __init__(self, native: duckdb.DuckDBPyConnection) -> None:
        self.native = native

    def __enter__(self) -> DuckQueries:
        self.native.execute("SET TimeZone = 'UTC'")
        return self

    def __exit__(self, *ending: object) -> None:
        self.native.close()

    def fetch(self, sql: str) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]:
        """The names of a query's columns and its rows. Raises StatementFailed."""
        import duckdb

        try:
            self.native.execute(sql)
            return rows_of(self.native)
        except duckdb.Error as error:
            raise StatementFailed(str(error).strip().partition("\n")[0]) from error


def create_file(path: Path, instance: DuckInstance) -> None:
    """Creates an empty database that every DuckDB from 1.0 on reads, for the owner only.

    It is built beside its place and then moved there, so that it is never seen half made. Raises
    WarehouseUnreachable where it cannot be written, as on a full disk.
    """
    import duckdb

    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    draft.unlink(missing_ok=True)
    try:
        with instance.native.cursor() as memory:
            memory.execute(
                f"ATTACH {literal(str(draft))} AS fieldhouse_draft (STORAGE_VERSION {literal(STORAGE_VERSION)})"
            )
            try:
                memory.execute("CREATE SCHEMA fieldhouse_draft.first; DROP SCHEMA fieldhouse_draft.first")
            finally:
                memory.execute("DETACH fieldhouse_draft")
        draft.chmod(0o600)
        os.replace(draft, path)
    except duckdb.Error as error:
        translation = translated(error)
        assert translation is not None
        raise translation from error
    finally:
        draft.unlink(missing_ok=True)
