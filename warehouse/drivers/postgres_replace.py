"""A table of Postgres replaced by one of another schema, in the caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .sql import literal, quote

if TYPE_CHECKING:
    from .protocol import Database


def replace_table(db: Database, schema: str, beside: str, table: str) -> None:
    """Change the rows that differ if the columns are the same; else drop the table and move the one beside."""
    place, source = f"{quote(schema)}.{quote(table)}", f"{quote(beside)}.{quote(table)}"
    if _columns(db, schema, table) == _columns(db, beside, table):
        _change_rows(db, place, source)
        _copy_comments(db, place, source)
        _add_indexes(db, schema, beside, table)
    else:
        db.execute(f"DROP TABLE IF EXISTS {place} CASCADE")
        db.execute(f"ALTER TABLE {source} SET SCHEMA {quote(schema)}")


def _columns(db: Database, schema: str, table: str) -> list[tuple[str, str]]:
    return [
        (str(name), str(kind))
        for name, kind in db.fetch(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
            f" WHERE attrelid = to_regclass({literal(f'{quote(schema)}.{quote(table)}')})"
            " AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
        )
    ]


def _change_rows(db: Database, place: str, source: str) -> None:
    """Delete the rows that are no more, insert those that are new. A row is compared by its text, as a hash join."""
    other = "NOT EXISTS (SELECT 1 FROM {} AS other WHERE md5(CAST(other AS text)) = md5(CAST(this AS text)))"
    db.execute(f"DELETE FROM {place} AS this WHERE {other.format(source)}")
    db.execute(f"INSERT INTO {place} SELECT this.* FROM {source} AS this WHERE {other.format(place)}")


def _copy_comments(db: Database, place: str, source: str) -> None:
    """Those that differ, so that a build without changes writes nothing."""
    of = (
        "SELECT attribute.attname, description.description FROM pg_description AS description"
        " LEFT JOIN pg_attribute AS attribute"
        " ON attribute.attrelid = description.objoid AND attribute.attnum = description.objsubid"
        " WHERE description.classoid = 'pg_class'::regclass AND description.objoid = {}::regclass"
    )
    for column, text in db.fetch(f"{of.format(literal(source))} EXCEPT {of.format(literal(place))}"):
        what = f"COLUMN {place}.{quote(column)}" if column else f"TABLE {place}"
        db.execute(f"COMMENT ON {what} IS {literal(text)}")


def _add_indexes(db: Database, schema: str, beside: str, table: str) -> None:
    """Those that the table beside has and this one lacks: a table that keeps its rows keeps its indexes as well."""
    here = _indexes(db, schema, table)
    for kind, body in sorted(_indexes(db, beside, table) - here):
        db.execute(f"CREATE {kind} ON {quote(schema)}.{quote(table)} USING {body}")


def _indexes(db: Database, schema: str, table: str) -> set[tuple[str, str]]:
    """(kind, method and columns) of each, without its name."""
    indexes = set()
    place = f"schemaname = {literal(schema)} AND tablename = {literal(table)}"
    for (definition,) in db.fetch(f"SELECT indexdef FROM pg_indexes WHERE {place}"):
        head, _, body = str(definition).partition(" USING ")
        indexes.add(("UNIQUE INDEX" if head.startswith("CREATE UNIQUE") else "INDEX", body))
    return indexes
