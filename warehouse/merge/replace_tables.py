"""Replaces all tables of a schema at once: readers see the old ones or the new ones, and never some of each."""

from __future__ import annotations

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


def drop_schema(db: Database, schema: str) -> None:
    """Drop a schema with all that it holds, if it exists."""
    db.execute(f"DROP SCHEMA IF EXISTS {quote(schema)} CASCADE")
