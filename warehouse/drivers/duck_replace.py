"""A table of a DuckDB file replaced by one of another schema, in the caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .sql import literal, quote

if TYPE_CHECKING:
    from .protocol import Database


def replace_table(db: Database, schema: str, beside: str, table: str) -> None:
    """A new table with the definition, rows and comments of the one beside; nothing in DuckDB depends on a table."""
    place, source = f"{quote(schema)}.{quote(table)}", f"{quote(beside)}.{quote(table)}"
    here = f"database_name = current_database() AND schema_name = {literal(beside)} AND table_name = {literal(table)}"
    ((definition, comment),) = db.fetch(f"SELECT sql, comment FROM duckdb_tables() WHERE {here}")
    body = definition[definition.index("(") :]
    db.execute(f"DROP TABLE IF EXISTS {place}")
    db.execute(f"CREATE TABLE {place} {body.rstrip(';')}")
    db.execute(f"INSERT INTO {place} SELECT * FROM {source}")
    if comment:
        db.execute(f"COMMENT ON TABLE {place} IS {literal(comment)}")
    columns = f"SELECT column_name, comment FROM duckdb_columns() WHERE {here} AND comment IS NOT NULL"
    for column, text in db.fetch(columns):
        db.execute(f"COMMENT ON COLUMN {place}.{quote(column)} IS {literal(text)}")
