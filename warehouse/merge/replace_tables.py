"""Replaces all tables of a schema at once: readers see the old ones or the new ones, and never some of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from fieldhouse.warehouse.drivers.protocol import Database
from fieldhouse.warehouse.drivers.sql import quote


def replace_tables(db: Database, schema: str, beside: str) -> None:
    """Put the tables of the schema ``beside`` in the place of those of the same names in ``schema``, and drop it.

    One transaction, and one for the schema beside. Tables of other names stay. On Postgres a table whose columns are
    the same gets only the rows that differ, so that grants, indexes and the views that users built on it stay, and
    readers wait for nothing; one with other columns is replaced, with what depends on it.
    """

    def replace() -> None:
        with db.transaction():
            db.execute(f"CREATE SCHEMA IF NOT EXISTS {quote(schema)}")
            for table in sorted(db.catalogue(beside)):
                db.replace_table(schema, beside, table)

    db.with_more_memory(replace)
    db.drop_landing(beside)


@dataclass(frozen=True)
class TableChange:
    """What becomes of a table: ``rebuilt``, ``keyed`` (rows of some keys are replaced) or ``same``.

    Attributes:
        key: the expression of the key, for ``keyed``. The schema beside has the keys in ``<table>__keys``, in the
            column ``changed_key``, and their rows in ``<table>__rows``.
    """

    beside: str
    table: str
    kind: str
    key: str


def change_tables(
    db: Database, places: Mapping[str, str], changes: Sequence[TableChange], note: Callable[[], None]
) -> None:
    """Bring tables to what was made beside them, in one transaction, and drop the schemas beside.

    Args:
        places: schema beside -> schema of the tables that change.
        note: called at the end of the transaction.
    """

    def change() -> None:
        with db.transaction():
            for one in changes:
                schema = places[one.beside]
                if one.kind == "rebuilt":
                    db.replace_table(schema, one.beside, one.table)
                elif one.kind == "keyed":
                    _replace_keys(db, schema, one)
            note()

    db.with_more_memory(change)
    for beside in places:
        drop_schema(db, beside)


def _replace_keys(db: Database, schema: str, one: TableChange) -> None:
    place = f"{quote(schema)}.{quote(one.table)}"
    keys = f"SELECT changed_key FROM {quote(one.beside)}.{quote(f'{one.table}__keys')}"
    columns = ", ".join(map(quote, db.catalogue(schema)[one.table]))
    db.execute(f"DELETE FROM {place} WHERE {one.key} IN ({keys})")
    db.execute(
        f"INSERT INTO {place} ({columns}) SELECT {columns} FROM {quote(one.beside)}.{quote(f'{one.table}__rows')}"
        f" WHERE {one.key} IN ({keys})"
    )


def drop_schema(db: Database, schema: str) -> None:
    """Drop a schema with all that it holds, if it exists."""
    db.execute(f"DROP SCHEMA IF EXISTS {quote(schema)} CASCADE")
