"""What can be read and changed while the warehouse is open."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from fieldhouse.warehouse.drivers.identifiers import is_landing_of, is_landing_schema
from fieldhouse.warehouse.drivers.identifiers import landing_schema as landing_schema
from fieldhouse.warehouse.drivers.protocol import Database
from fieldhouse.warehouse.drivers.sql import literal as literal
from fieldhouse.warehouse.drivers.sql import quote as quote
from fieldhouse.warehouse.merge import drop_columns, history, many_rows, replace_tables, row_queries
from fieldhouse.warehouse.merge.apply import apply
from fieldhouse.warehouse.merge.replace_tables import TableChange
from fieldhouse.warehouse.merge.row_queries import KnownRequest as KnownRequest
from fieldhouse.warehouse.metadata import books, dlt_tables, grants
from fieldhouse.warehouse.metadata.fencing import Fence

from .errors import WarehouseError
from .model import Applied, TableLoad

if TYPE_CHECKING:
    import pyarrow as pa


@contextmanager
def translating(db: Database) -> Iterator[None]:
    """Turns a driver's error into one with the next step; all others pass unchanged."""
    try:
        yield
    except Exception as error:
        if (translation := db.translated(error)) is None:
            raise
        raise translation from error


@contextmanager
def translating_causes(translated: Callable[[Exception], WarehouseError | None]) -> Iterator[None]:
    """The same where another library stands between: the driver's error is a cause of what arrives here."""
    try:
        yield
    except Exception as error:
        cause: BaseException | None = error
        while isinstance(cause, Exception):
            if isinstance(cause, WarehouseError):
                raise
            if translation := translated(cause):
                raise translation from error
            cause = cause.__cause__ or cause.__context__
        raise


class Session:
    """An open warehouse. Every method is complete by itself; `apply` is one transaction."""

    def __init__(
        self,
        db: Database,
        clock: Callable[[], float],
        check_schema: Callable[[str], None],
        fences: Mapping[str, Fence] | None = None,
        readers: str = "",
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self.db = db
        self._readers = readers
        self._fences = {} if fences is None else fences
        self._clock = clock
        self._check_schema = check_schema
        self._prepared: set[str] = set()
        self._on_change = on_change

    def prepare(self, schema: str) -> None:
        """Creates the schema and its books (`_syncs`, `_schema_changes`, …) where absent."""
        self._check_schema(schema)
        stored = self.db.catalogue(schema)
        if not (books.are_complete(stored) and dlt_tables.are_complete(stored)):
            with self.db.transaction():  # one commit: a lake takes 80 ms of CPU for each
                books.prepare(self.db, schema, stored)
                dlt_tables.prepare(self.db, schema, stored, datetime.fromtimestamp(self._clock(), UTC))
        self._prepared.add(schema)
        if fence := self._fences.get(schema):
            fence.establish(self.db, datetime.fromtimestamp(self._clock(), UTC))
        self.grant_read(schema)

    def grant_read(self, schema: str) -> None:
        """Lets the role of `warehouse.grant_read` read a schema, where one is set; see `grants`."""
        if self._readers:
            grants.grant_read(self.db, schema, self._readers)

    def replace_tables(self, schema: str, beside: str) -> None:
        """Puts the tables of the schema `beside` in the place of those of `schema`, all at once; see the module."""
        self._on_change()
        replace_tables.replace_tables(self.db, schema, beside)

    def change_tables(
        self,
        places: Mapping[str, str],
        changes: Sequence[TableChange],
        note: Callable[[], None],
    ) -> None:
        """Brings tables to what was made in schemas beside them, all at once; see `replace_tables.change_tables`."""
        self._on_change()
        replace_tables.change_tables(self.db, places, changes, note)

    def drop_schema(self, schema: str) -> None:
        """Drops a schema with all that it holds, if it exists."""
        replace_tables.drop_schema(self.db, schema)

    @contextmanager
    def one_at_a_time(self, what: str) -> Iterator[None]:
        """Lets one session of all machines into the block."""
        with self.db.one_at_a_time(what):
            yield

    def catalogue(self, schema: str) -> Mapping[str, Mapping[str, str]]:
        """Tables, their columns and logical types; empty for a schema that does not exist."""
        return self.db.catalogue(schema)

    def states(self, schema: str) -> dict[str, dict[str, Any]]:
        """What each table's next sync starts from."""
        return books.states(self.db, schema, is_prepared=schema in self._prepared)

    def put_state(self, schema: str, table: str, value: Mapping[str, Any] | None) -> None:
        """Replaces what a table's next sync starts from; None forgets it. Raises AccountLost."""
        self.record(schema, [], {table: value})

    def known(
        self,
        schema: str,
        table: str,
        key: Sequence[str],
        *,
        keys: pa.Table | None = None,
        extra: Sequence[str] = (),
        stored: Mapping[str, str] | None = None,
    ) -> pa.Table:
        """Key, `_row_hash`, `_deleted_at`, extra columns of every row or the given keys; see `row_queries.known`.

        `stored` are the table's columns as `catalogue` gives them, where they are known.
        """
        return row_queries.known(self.db, schema, table, key, keys, extra, stored)

    def known_of_all(
        self, schema: str, table: str, key: Sequence[str], extra: Sequence[str], stored: Mapping[str, str]
    ) -> pa.Table:
        """What `known` answers for all rows, in as little memory as it takes; see `many_rows.known_of_all`."""
        return many_rows.known_of_all(self.db, schema, table, key, extra, stored)

    def known_in_all(self, schema: str, requests: Sequence[KnownRequest]) -> list[pa.Table]:
        """What `known` answers for all rows of each of several tables, in as few statements as the database allows."""
        return row_queries.known_in_all(self.db, schema, requests)

    def small(self, schema: str, tables: Sequence[str], most: int) -> set[str]:
        """Those of the tables that have at most `most` rows, marked ones included."""
        return row_queries.small(self.db, schema, tables, most)

    def rows(
        self, schema: str, table: str, columns: Sequence[str], where: Mapping[str, Any] | None = None
    ) -> pa.Table:
        """The live rows that meet every condition: a value to equal, None for null, a list to be one of."""
        return row_queries.rows(self.db, schema, table, columns, where)

    def count(self, schema: str, table: str) -> tuple[int, int]:
        """Live rows, and rows marked deleted."""
        return row_queries.count(self.db, schema, table)

    def fetch(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query of the caller's own."""
        return self.db.fetch(sql)

    def apply(self, schema: str, landing: str, load: TableLoad) -> Applied:
        """Applies one table's load with its children in one transaction; see `apply.apply`. Raises AccountLost."""
        self._on_change()
        with translating(self.db):
            return self.db.with_more_memory(
                lambda: apply(self.db, schema, landing, load, lambda: self._check_fence(schema))
            )

    def leave_unchanged(
        self, schema: str, landing: str, load: TableLoad, *, recheck: bool, flag: str | None = None
    ) -> TableLoad:
        """Takes landed rows out that equal those stored; see `unchanged_rows.leave_unchanged`. Raises AccountLost."""
        self._on_change()
        from fieldhouse.warehouse.merge.unchanged_rows import leave_unchanged

        def leave() -> TableLoad:
            return leave_unchanged(
                self.db, schema, landing, load, lambda: self._check_fence(schema), recheck=recheck, flag=flag
            )

        with translating(self.db):
            return self.db.with_more_memory(leave)

    def start_history(self, schema: str, table: str, key: tuple[str, ...], run_id: str) -> None:
        """Takes what a table holds now for the open versions of its history; see `history`. Raises AccountLost."""
        self._on_change()
        now = datetime.fromtimestamp(self._clock(), UTC)

        def begin() -> None:
            with self.db.transaction():
                self._check_fence(schema)
                history.record(self.db, schema, table, key, at=now, run_id=run_id)

        with translating(self.db):
            self.db.with_more_memory(begin)

    def describe(self, schema: str, keys: Mapping[str, tuple[str, ...]]) -> None:
        """Stores the schema's tables, columns and primary keys in ``_dlt_version``, for dlt's dataset access."""
        with translating(self.db), self.db.transaction():
            dlt_tables.describe(self.db, schema, keys, datetime.fromtimestamp(self._clock(), UTC))

    def record(
        self,
        schema: str,
        rows: Sequence[Mapping[str, Any]],
        states: Mapping[str, Mapping[str, Any] | None] | None = None,
    ) -> None:
        """Adds rows to `_syncs` and replaces states, in one transaction; a column not given is null.

        Raises AccountLost.
        """
        with self.db.transaction():
            self._check_fence(schema)
            books.put_states(self.db, schema, states or {}, datetime.fromtimestamp(self._clock(), UTC))
            books.append(self.db, schema, "_syncs", rows)

    def quarantine(self, schema: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Puts records aside that have no place in a table, with the reason; each once."""
        self._on_change()
        books.quarantine(self.db, schema, rows)

    def remove(self, schema: str, columns: Mapping[str, Sequence[str]], run_id: str) -> None:
        """Takes columns (by table) out of an account's tables with all that they hold."""
        self._on_change()
        now = datetime.fromtimestamp(self._clock(), UTC)
        with translating(self.db):
            self.db.with_more_memory(lambda: drop_columns.remove(self.db, schema, columns, now, run_id))

    def land(self, landing: str, tables: Mapping[str, Sequence[pa.Table]]) -> None:
        """Makes a landing schema with these rows; each table's batches have one schema."""
        import pyarrow as pa

        def put_all() -> None:
            with self.db.transaction():
                self.db.create_landing(landing)
                for name, batches in tables.items():
                    self.db.put(f"{quote(landing)}.{quote(name)}", pa.concat_tables(batches))

        with translating(self.db):
            self.db.with_more_memory(put_all)

    def drop_landing(self, landing: str) -> None:
        """Drops a landing schema with everything in it; refuses one that by its name or its tables is none."""
        if not is_landing_schema(landing) or "_state" in self.db.catalogue(landing):
            raise WarehouseError(f"{landing} is not a landing schema; nothing was dropped")
        self.db.drop_landing(landing)

    def drop_landings(self, schema: str) -> None:
        """Drops the landing schemas that earlier runs of an account left when they were killed."""
        for name in self.db.schemas():
            if is_landing_schema(name) and is_landing_of(schema, name):
                self.drop_landing(name)

    def _check_fence(self, schema: str) -> None:
        if fence := self._fences.get(schema):
            fence.check(self.db)
