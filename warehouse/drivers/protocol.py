"""Drivers: what the warehouse asks of an open connection to a database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from fieldhouse.warehouse.errors import WarehouseError

from .dialect import Dialect

if TYPE_CHECKING:
    import pyarrow as pa


T = TypeVar("T")


class Database(Protocol):
    """One open connection. SQL comes complete, its values as literals; times are UTC throughout."""

    dialect: Dialect
    native: Any

    def execute(self, sql: str) -> int:
        """Runs one statement; returns the rows it changed."""

    def fetch(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of one query."""

    def arrow(self, select: str, schema: pa.Schema) -> pa.Table:
        """The rows of one query as the given Arrow schema, whose types are those of `arrow_type`."""

    def arrow_parts(self, select: str, schema: pa.Schema) -> Iterator[pa.Table]:
        """What `arrow` answers, in parts if the database can."""

    def arrow_all(self, selects: Sequence[tuple[str, pa.Schema]]) -> list[pa.Table]:
        """What `arrow` answers for each query, in as few statements as the database allows."""

    def put(self, ref: str, table: pa.Table) -> None:
        """Makes a new table of that quoted name with these rows."""

    def stage(self, name: str, table: pa.Table) -> str:
        """Puts a table into a temporary one of this connection; returns the quoted name."""

    def temporary(self, name: str, select: str) -> str:
        """Puts a query's rows into a temporary table of this connection; returns the quoted name."""

    def with_more_memory(self, work: Callable[[], T]) -> T:
        """Does it, and once more where the database had set itself too little memory for it."""

    def transaction(self) -> AbstractContextManager[None]:
        """One transaction: rolled back when the body raises."""

    def schemas(self) -> list[str]:
        """The names of all schemas of the database."""

    def catalogue(self, schema: str) -> Mapping[str, Mapping[str, str]]:
        """The columns of every table of a schema with their logical types, in order."""

    def replace_table(self, schema: str, beside: str, table: str) -> None:
        """Puts a table of the schema `beside` in the place of that of the same name in `schema`."""

    def create_landing(self, landing: str) -> None:
        """Makes the schema in which rows land, if it is not there."""

    def drop_landing(self, landing: str) -> None:
        """Drops a landing schema with everything in it."""

    def change_types(self, schema: str, table: str, columns: Mapping[str, tuple[str, str]]) -> None:
        """Changes the types of columns: name -> the new type, and the expression that fills it."""

    def fetch_locked(
        self, select: str, schema: str, table: str, condition: str, column: str
    ) -> list[tuple[Any, ...]]:
        """Reads rows of a table so that no other transaction that reads them in this way commits before this one.

        Args:
            select: the expressions to read.
            column: any column of the rows that may be written as it is.
        """

    def blocker(self, schema: str, table: str, column: str) -> str:
        """What depends on the column so that its type cannot change, or an empty string."""

    def user_of(self, schema: str, table: str, column: str) -> str:
        """What needs the column so that it cannot be dropped, or an empty string."""

    def one_at_a_time(self, what: str) -> AbstractContextManager[None]:
        """Lets one session of all machines into the block."""

    def translated(self, error: Exception) -> WarehouseError | None:
        """What a driver's error means to a run; None for one that is not the driver's."""

    def close(self) -> None:
        """Ends the connection."""


def rows_of(cursor: Any) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]:
    """The names of the columns and the rows of what a cursor has executed; none for a statement without a result."""
    columns = tuple(str(column[0]) for column in cursor.description or ())
    return columns, tuple(tuple(row) for row in cursor.fetchall()) if columns else ()


def arrow_type(logical: str) -> pa.DataType:
    """The Arrow type in which a column of the logical type is read; JSON comes as its text."""
    import pyarrow as pa

    return {
        "bigint": pa.int64(),
        "double": pa.float64(),
        "decimal": pa.decimal128(38, 9),
        "boolean": pa.bool_(),
        "timestamp": pa.timestamp("us", tz="UTC"),
        "date": pa.date32(),
    }.get(logical, pa.string())


def logical_of(kind: pa.DataType) -> str:
    """The logical type that holds every value of an Arrow type; text for what is no plain value."""
    import pyarrow.types as kinds

    tests = (
        (kinds.is_boolean, "boolean"),
        (kinds.is_integer, "bigint"),
        (kinds.is_floating, "double"),
        (kinds.is_decimal, "decimal"),
        (kinds.is_timestamp, "timestamp"),
        (kinds.is_date, "date"),
    )
    return next((logical for test, logical in tests if test(kind)), "text")
