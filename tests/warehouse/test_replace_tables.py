"""Tables of a schema replaced at once: contents, comments, what users built on them, and what a failure leaves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from fieldhouse.warehouse.connect import open_warehouse
from fieldhouse.warehouse.drivers.protocol import Database
from fieldhouse.warehouse.errors import WarehouseError
from fieldhouse.warehouse.merge.replace_tables import replace_tables


@contextmanager
def opened(url: str) -> Iterator[Database]:
    with open_warehouse(url).session() as session:
        yield session.db


def make(db: Database, schema: str, rows: str, extra: str = "") -> None:
    """Two tables with the same rows, as marts of one build have."""
    db.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    for table in ("one", "two"):
        db.execute(
            f"CREATE TABLE {schema}.{table} (id bigint, name text, seen timestamptz, share double precision{extra})"
        )
        db.execute(f"INSERT INTO {schema}.{table} (id, name, seen, share) VALUES {rows}")
        db.execute(f"COMMENT ON TABLE {schema}.{table} IS 'of {rows[:4]}'")
        db.execute(f"COMMENT ON COLUMN {schema}.{table}.name IS 'it''s a name'")


OLD = "(1, 'a', TIMESTAMPTZ '2026-11-01 00:00:00+00', 0.1), (2, NULL, NULL, NULL), (3, 'c', NULL, 1.0 / 3)"
NEW = "(1, 'a', TIMESTAMPTZ '2026-11-01 00:00:00+00', 0.1), (2, 'b', NULL, NULL), (4, NULL, NULL, 1.0 / 3)"


def ids(db: Database, table: str) -> list[tuple[Any, ...]]:
    return db.fetch(f"SELECT id, name FROM marts.{table} ORDER BY id")


def test_rows_comments_and_other_tables(warehouse_url: str) -> None:
    with opened(warehouse_url) as db:
        make(db, "marts", OLD)
        db.execute("CREATE TABLE marts.my_own (id bigint)")
        make(db, "beside", NEW)
        replace_tables(db, "marts", "beside")
        assert ids(db, "one") == ids(db, "two") == [(1, "a"), (2, "b"), (4, None)]
        assert set(db.catalogue("marts")) == {"one", "two", "my_own"}
        assert not db.catalogue("beside")
        if db.dialect.name != "postgres":
            comments = (
                "SELECT comment FROM duckdb_columns() WHERE schema_name = 'marts' AND column_name = 'name'"
            )
        else:
            comments = "SELECT col_description('marts.one'::regclass, 2)"
        assert db.fetch(comments)[0] == ("it's a name",)


def test_a_first_build_and_one_with_other_columns(warehouse_url: str) -> None:
    with opened(warehouse_url) as db:
        make(db, "beside", OLD)
        replace_tables(db, "marts", "beside")
        assert [key for key, _ in ids(db, "one")] == [1, 2, 3]
        make(db, "beside", NEW, ", more date")
        replace_tables(db, "marts", "beside")
        assert [key for key, _ in ids(db, "two")] == [1, 2, 4]
        assert list(db.catalogue("marts")["one"]) == ["id", "name", "seen", "share", "more"]


def test_a_failure_in_the_middle_leaves_all_tables(warehouse_url: str) -> None:
    """A view of another schema's that holds one of the new tables' names cannot be dropped as a table."""
    with opened(warehouse_url) as db:
        make(db, "marts", OLD)
        db.execute("CREATE VIEW marts.zulu AS SELECT 1 AS id")
        make(db, "beside", NEW)
        db.execute("CREATE TABLE beside.zulu (id bigint, other bigint)")
    with pytest.raises(WarehouseError), opened(warehouse_url) as db:
        replace_tables(db, "marts", "beside")
    with opened(warehouse_url) as db:
        assert [key for key, _ in ids(db, "one")] == [key for key, _ in ids(db, "two")] == [1, 2, 3]


@pytest.mark.postgres
def test_views_grants_and_unchanged_rows_stay_on_postgres(postgres_url: str) -> None:
    versions = "SELECT id, xmin::text FROM marts.one ORDER BY id"
    with opened(postgres_url) as db:
        make(db, "marts", OLD)
        db.execute("CREATE VIEW public.mine AS SELECT count(*) AS rows FROM marts.one")
        db.execute("GRANT SELECT (name) ON marts.one TO PUBLIC")
        before = dict(db.fetch(versions))
        make(db, "beside", NEW)
        replace_tables(db, "marts", "beside")
        after = dict(db.fetch(versions))
        assert before[1] == after[1]
        assert before[2] != after[2]
        assert db.fetch("SELECT rows FROM public.mine") == [(3,)]
        granted = "SELECT count(*) FROM information_schema.column_privileges WHERE table_name = 'one'"
        assert db.fetch(f"{granted} AND grantee = 'PUBLIC'") == [(1,)]


@pytest.mark.postgres
def test_indexes_of_a_new_version_are_added_once(postgres_url: str) -> None:
    with opened(postgres_url) as db:
        make(db, "marts", OLD)
        db.execute("CREATE INDEX mine ON marts.one (name)")
        for _ in range(2):
            make(db, "beside", NEW)
            db.execute("CREATE UNIQUE INDEX ON beside.one (id)")
            db.execute("CREATE INDEX ON beside.one (seen, id)")
            replace_tables(db, "marts", "beside")
        actual = db.fetch("SELECT indexdef FROM pg_indexes WHERE schemaname = 'marts' AND tablename = 'one'")
        kinds = sorted((text.partition(" USING ")[2], "UNIQUE" in text) for (text,) in actual)
        assert kinds == [("btree (id)", True), ("btree (name)", False), ("btree (seen, id)", False)]


@pytest.mark.postgres
def test_a_transaction_of_a_reader_keeps_its_own_set(postgres_url: str) -> None:
    warehouse = open_warehouse(postgres_url)
    with opened(postgres_url) as db:
        make(db, "marts", OLD)
        make(db, "beside", NEW)
    reader = warehouse._connect("reader")  # type: ignore[union-attr]
    try:
        reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        assert len(reader.fetch("SELECT id FROM marts.one WHERE id = 3")) == 1
        with opened(postgres_url) as db:
            replace_tables(db, "marts", "beside")
        assert len(reader.fetch("SELECT id FROM marts.two WHERE id = 3")) == 1
        reader.execute("COMMIT")
        assert reader.fetch("SELECT id FROM marts.two WHERE id = 3") == []
    finally:
        reader.close()
