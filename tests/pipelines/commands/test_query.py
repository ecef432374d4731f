"""``query``: a program gets exactly what the query answered, and the statement can only read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from fieldhouse.warehouse.connect import open_warehouse
from tests.support.cli_runner import CommandRunner, command_runner

LINES = ["two\nlines", "carriage\rreturn", "crlf\r\n"]
TEXTS = ["plain", " a,b ", 'q"uote', *LINES, "tab\t", "bell\x07\x1b[31m", "\x85", ""]
"""What vendors put into texts. The last row is empty: it must not vanish at the end."""


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandRunner]:
    with command_runner(tmp_path_factory.mktemp("query"), BossDeskSandbox(size=0.02)) as runner:
        assert runner.run("sync", SOURCES__BOSSDESK__TABLES="groups,tags,teams").code == 0
        yield runner


@pytest.fixture
def texts(at: CommandRunner, warehouse_url: str) -> str:
    """A table of texts in a warehouse of its own, as ``texts.t``."""
    with open_warehouse(warehouse_url).session() as session:
        session.db.execute("CREATE SCHEMA texts")
        session.db.execute(f"CREATE TABLE texts.t (n bigint, v {session.db.dialect.types['text']})")
        for number, text in enumerate(TEXTS):
            code = " || ".join(f"chr({ord(sign)})" for sign in text) or "''"
            session.db.execute(f"INSERT INTO texts.t VALUES ({number}, {code})")
    return warehouse_url


def test_query_reads_as_table_csv_and_json(at: CommandRunner) -> None:
    sql = 'SELECT count(*) AS tables, max(started_at) IS NOT NULL AS "known, so" FROM bossdesk._syncs'
    assert at.run("query", sql).out.splitlines()[1].split() == ["3", "True"]
    assert at.run("query", sql, "--csv").out == 'tables,"known, so"\n3,True\n'
    assert at.run("query", sql, "--json").json == {
        "columns": ["tables", "known, so"],
        "rows": [{"tables": 3, "known, so": True}],
    }


def test_texts_arrive_as_they_stand_in_the_warehouse(at: CommandRunner, texts: str) -> None:
    sql, other = "SELECT v FROM texts.t ORDER BY n", {"WAREHOUSE__URL": texts}
    document = at.run_in_process("query", sql, "--json", **other)
    assert [row["v"] for row in document.json["rows"]] == TEXTS
    assert "\x1b" not in document.out
    output = _bytes(at, sql, texts)
    assert [row for (row,) in csv.reader(io.StringIO(output.decode(), newline=""))] == ["v", *TEXTS]


def _bytes(at: CommandRunner, sql: str, url: str) -> bytes:
    process = at.process("query", sql, "--csv", WAREHOUSE__URL=url)
    assert process.stdout
    output = process.stdout.buffer.read()
    process.communicate(timeout=60)
    assert process.returncode == 0
    return output


@pytest.mark.parametrize(
    ("sql", "columns", "as_json", "as_csv"),
    [
        ("SELECT 1 AS a, 2 AS a, 3 AS a_2", ["a", "a_3", "a_2"], [1, 2, 3], "1,2,3"),
        ("SELECT 'nan'::float8 AS a, '-inf'::float8 AS b", ["a", "b"], ["NaN", "-Infinity"], "nan,-inf"),
        ("SELECT NULL AS a, '' AS b, 1.50 AS c", ["a", "b", "c"], [None, "", "1.50"], ",,1.50"),
    ],
)
def test_values_that_json_does_not_have(
    at: CommandRunner, warehouse_url: str, sql: str, columns: list[str], as_json: list[object], as_csv: str
) -> None:
    with open_warehouse(warehouse_url).session() as session:
        session.db.execute("CREATE SCHEMA texts")
    document = at.run("query", sql, "--json", WAREHOUSE__URL=warehouse_url).json
    assert document["columns"] == columns
    assert [
        str(value) if isinstance(value, float) else value for value in document["rows"][0].values()
    ] == as_json
    assert at.run("query", sql, "--csv", WAREHOUSE__URL=warehouse_url).out.splitlines()[1] == as_csv


@pytest.mark.parametrize(
    ("sql", "as_json", "as_csv"),
    [
        ("SELECT {'a': 1, 'b': [1, NULL]} AS v", {"a": 1, "b": [1, None]}, '{"a": 1, "b": [1, null]}'),
        ("SELECT MAP {1: 'one'} AS v", {"1": "one"}, '{"1": "one"}'),
        ("SELECT '\\xAB\\x01'::blob AS v", "\\xab01", "\\xab01"),
    ],
)
def test_nested_values_are_json_in_csv_as_well(
    at: CommandRunner, sql: str, as_json: object, as_csv: str
) -> None:
    assert at.run("query", sql, "--json").json["rows"] == [{"v": as_json}]
    assert [row[0] for row in csv.reader(io.StringIO(at.run("query", sql, "--csv").out))] == ["v", as_csv]


@pytest.mark.parametrize(
    "sql",
    [
        " -- how many; and which?\nSELECT 1 AS a",
        "/* a; b */ SELECT 1 AS a;\n",
        "((SELECT 1 AS a))",
        "SELECT ';' AS a",
        'SELECT 1 AS "a;b"',
        "SELECT $$a;b$$ AS a",
        "SELECT $tag$;$tag$ AS a",
        "EXPLAIN SELECT 1",
        "EXPLAIN ANALYZE SELECT 1",
        "SELECT count(*) FROM information_schema.tables;  ",
        "SELECT 'INSERT INTO x; COPY y TO z' AS a",
    ],
)
def test_query_runs_whatever_reads(at: CommandRunner, sql: str) -> None:
    result = at.run("query", sql, "--json")
    assert result.code == 0, result.all


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM bossdesk.tags",
        "COPY bossdesk.tags TO 'tags.csv'",
        "SELECT 1; COPY bossdesk.tags TO 'tags.csv'",
        "EXPLAIN ANALYZE COPY bossdesk.tags TO 'tags.csv'",
        "EXPLAIN (ANALYZE) COPY bossdesk.tags TO 'tags.csv'",
        "SELECT $$'$$; COPY bossdesk.tags TO 'tags.csv' --'",
        "WITH a AS (COPY bossdesk.tags TO 'tags.csv') SELECT * FROM a",
        "FROM query('COPY bossdesk.tags TO ''tags.csv''')",
        "/* SELECT */ COPY bossdesk.tags TO 'tags.csv'",
        "ATTACH 'other.duckdb'",
        "SELECT * FROM bossdesk.no_such_table",
        "WITH a AS (SELECT 1) INSERT INTO bossdesk.tags SELECT * FROM bossdesk.tags",
        "/* nothing */",
        "  ",
    ],
)
def test_query_refuses_what_does_not_read(
    at: CommandRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sql: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = at.run("query", sql, "--json")
    assert result.code == 2, result.all
    assert json.loads(result.out)["error"]["next_step"]
    assert list(tmp_path.iterdir()) == []
