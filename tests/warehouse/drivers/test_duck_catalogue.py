"""The known columns of a DuckDB file: equal to the file's after any statement, and asked for one table at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from fieldhouse.warehouse.drivers.duck_catalogue import DuckCatalogue
from fieldhouse.warehouse.drivers.duck_dialect import DuckDialect

SCHEMAS = ("desk", 'odd "name"', "desk__landing", "absent")


class File:
    """A DuckDB file with what is known of it, and the queries that were asked to know it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self.queries: list[str] = []
        self.known = DuckCatalogue("warehouse", self._fetch, DuckDialect().logical)

    def _fetch(self, sql: str) -> list[tuple[Any, ...]]:
        self.queries.append(sql)
        return self.connection.execute(sql).fetchall()

    def run(self, sql: str) -> None:
        self.connection.execute(sql)
        self.known.follow(sql)

    def lists(self) -> int:
        """How often all columns of the instance were listed."""
        return sum("duckdb_columns" in query for query in self.queries)

    def actual(self, schema: str) -> dict[str, dict[str, str]]:
        fresh = DuckCatalogue(
            "warehouse", lambda sql: self.connection.execute(sql).fetchall(), DuckDialect().logical
        )
        return {table: dict(columns) for table, columns in fresh.tables(schema).items()}


@pytest.fixture
def file(tmp_path: Path) -> Iterator[File]:
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute('CREATE SCHEMA desk; CREATE SCHEMA "odd ""name"""')
        connection.execute("CREATE TABLE desk.users (id BIGINT, seen_at TIMESTAMPTZ)")
        yield File(connection)


def test_known_columns_are_those_of_the_file_after_every_statement(file: File) -> None:
    statements = [
        'CREATE TABLE IF NOT EXISTS "desk"."tickets" ("id" BIGINT, "sum" DECIMAL(38,9), "more" JSON)',
        'INSERT INTO "desk"."tickets" VALUES (1, 2, NULL)',
        'COMMENT ON COLUMN "desk"."tickets"."id" IS \'a; b\'; COMMENT ON COLUMN "desk"."tickets"."sum" IS \'c\'',
        'ALTER TABLE "desk"."tickets" ADD COLUMN "title" VARCHAR',
        'ALTER TABLE "desk"."tickets" ALTER COLUMN "id" TYPE VARCHAR USING CAST("id" AS VARCHAR)',
        'ALTER TABLE "desk"."tickets" DROP COLUMN "more"',
        'ALTER TABLE "desk"."tickets" RENAME COLUMN "sum" TO "total"',
        'CREATE TABLE "odd ""name"""."in ""quotes""" AS SELECT 1 AS "a;b"',
        'CREATE TABLE "odd ""name"""."plain" AS SELECT DATE \'2026-01-01\' AS day',
        'CREATE SCHEMA IF NOT EXISTS "desk__landing"',
        'CREATE TABLE "desk__landing"."tickets" AS SELECT * FROM "desk"."tickets"',
        'DROP SCHEMA IF EXISTS "desk__landing" CASCADE',
        'ALTER TABLE "desk"."tickets" RENAME TO "requests"',
        'DROP TABLE IF EXISTS "desk"."requests"',
        "BEGIN",
        'CREATE TABLE "desk"."undone" (id BIGINT)',
        "ROLLBACK",
        'CREATE VIEW "desk"."view" AS SELECT * FROM "desk"."users"',
        'DROP VIEW "desk"."view"; DROP TABLE "desk"."users"',
    ]
    for sql in statements:
        file.run(sql)
        for schema in SCHEMAS:
            known = file.known.tables(schema)
            assert known == file.actual(schema), (sql, schema)
            assert [list(columns) for columns in known.values()] == [
                list(columns) for columns in file.actual(schema).values()
            ], (sql, schema)


def test_new_table_does_not_make_all_columns_be_listed_again(file: File) -> None:
    file.known.tables("desk")
    file.known.tables("desk__landing")
    assert file.lists() == 2
    file.run('CREATE SCHEMA IF NOT EXISTS "desk__landing"')
    for number in range(3):
        file.run(f'CREATE TABLE "desk__landing"."t{number}" (id BIGINT)')
        file.run(f'CREATE TABLE IF NOT EXISTS "desk"."t{number}" (id BIGINT)')
        file.run(f'COMMENT ON COLUMN "desk"."t{number}"."id" IS \'its number\'')
        assert f"t{number}" in file.known.tables("desk__landing")
        assert file.known.tables("desk")[f"t{number}"] == {"id": "bigint"}
    file.run('DROP SCHEMA IF EXISTS "desk__landing" CASCADE')
    assert file.known.tables("desk__landing") == {}
    assert file.lists() == 2


def test_answer_is_a_copy(file: File) -> None:
    answer = dict(file.known.tables("desk"))
    answer["users"] = {}
    assert file.known.tables("desk")["users"] == {"id": "bigint", "seen_at": "timestamp"}
