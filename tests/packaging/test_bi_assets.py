"""The assets for BI tools: every query runs on the marts in DuckDB and Postgres and has the columns that are shown."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import psycopg2
import pytest
import yaml

from fieldhouse.pipelines.build_marts import PROJECT
from tests.support.marts.marts_warehouse import Built, needs_dbt
from tests.support.marts.postgres_copy import copy_marts
from tests.support.postgres.postgres_server import fresh_database

BI = Path(__file__).parent.parent.parent / "deploy" / "bi"
QUESTIONS = sorted((BI / "questions").glob("*.sql"))
GRAFANA: dict[str, Any] = json.loads((BI / "grafana" / "fieldhouse.json").read_text("utf-8"))
PANELS = [panel for panel in GRAFANA["panels"] if panel["type"] != "row"]
DATASETS = {
    path.stem: yaml.safe_load(path.read_text("utf-8"))
    for path in sorted((BI / "superset" / "datasets" / "fieldhouse").glob("*.yaml"))
}
CHARTS = {
    path.stem: yaml.safe_load(path.read_text("utf-8"))
    for path in sorted((BI / "superset" / "charts").glob("*.yaml"))
}
SOURCES = sorted((BI / "evidence" / "sources" / "fieldhouse").glob("*.sql"))
PAGES = sorted((BI / "evidence" / "pages").glob("*.md"))
MAY_BE_EMPTY = {"sync_errors", "Causes", "causes", "data_quality"}
"""What has rows only if something is wrong."""

Query = Callable[[str], tuple[list[str], list[tuple[Any, ...]]]]


@pytest.fixture(scope="module", params=["duckdb", pytest.param("postgres", marks=pytest.mark.postgres)])
def query(request: pytest.FixtureRequest, built: Built) -> Iterator[Query]:
    """A function from SQL to the names of its columns and its rows, in either warehouse."""
    if request.param == "duckdb":
        with duckdb.connect(str(built.path), read_only=True) as connection:

            def in_duckdb(sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
                relation = connection.sql(sql)
                return list(relation.columns), relation.fetchall()

            yield in_duckdb
        return
    server = request.getfixturevalue("postgres_server")
    with fresh_database(server, f"bi_{os.getpid()}") as url:
        copy_marts(built.path, url)
        connection = psycopg2.connect(url)
        with connection.cursor() as cursor:

            def in_postgres(sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
                cursor.execute(sql)
                return [column.name for column in cursor.description or ()], cursor.fetchall()

            yield in_postgres
        connection.close()


def expanded(sql: str) -> str:
    """SQL of a panel as Grafana sends it: a period of the demo's years, and every account."""
    sql = re.sub(r"\$__timeFilter\((\w+)\)", r"\1 BETWEEN '2020-01-01' AND '2035-01-01'", sql)
    return sql.replace("${account:sqlstring}", "select account from marts.accounts")


@needs_dbt
class TestQueries:
    @pytest.mark.parametrize("path", QUESTIONS, ids=lambda path: path.stem)
    def test_a_question_has_an_answer(self, query: Query, path: Path) -> None:
        text = path.read_text("utf-8")
        assert re.match(r"-- .+\?", text), "the first line is the question"
        _, rows = query(text)
        assert rows or path.stem in MAY_BE_EMPTY

    @pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
    def test_a_panel_of_grafana_has_rows_and_its_columns(self, query: Query, panel: dict[str, Any]) -> None:
        (target,) = panel["targets"]
        columns, rows = query(expanded(target["rawSql"]))
        assert rows or panel["title"] in MAY_BE_EMPTY
        if target["format"] == "time_series":
            assert columns[0] == "time"
        assert panel["options"].get("xField", columns[0]) in columns

    @pytest.mark.parametrize("dataset", DATASETS.values(), ids=DATASETS)
    def test_a_dataset_of_superset_has_its_columns_and_metrics(
        self, query: Query, dataset: dict[str, Any]
    ) -> None:
        columns = ", ".join(
            column.get("expression") or f'"{column["column_name"]}"' for column in dataset["columns"]
        )
        place = f"{dataset['schema']}.{dataset['table_name']}"
        _, rows = query(f"SELECT {columns} FROM {place} LIMIT 1")
        assert rows
        metrics = ", ".join(metric["expression"] for metric in dataset["metrics"])
        _, totals = query(f"SELECT {metrics} FROM {place}")
        assert all(value is not None for value in totals[0])

    @pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
    def test_a_source_of_evidence_has_rows(self, query: Query, path: Path) -> None:
        _, rows = query(f"SELECT * FROM ({path.read_text('utf-8')}) AS source LIMIT 1")
        assert rows


@needs_dbt
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_of_evidence_shows_columns_of_its_queries(built: Built, path: Path) -> None:
    """Pages query the extracted sources in DuckDB, whatever the warehouse is."""
    text = path.read_text("utf-8")
    queries = dict(re.findall(r"```sql (\w+)\n(.*?)```", text, re.S))
    columns: dict[str, list[str]] = {}
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{built.path}' AS warehouse (READ_ONLY); USE warehouse")
        connection.execute("CREATE SCHEMA memory.fieldhouse")
        for source in SOURCES:
            connection.execute(f"CREATE TABLE memory.fieldhouse.{source.stem} AS {source.read_text('utf-8')}")
        connection.execute("USE memory")
        for name, sql in queries.items():
            relation = connection.sql(sql)
            columns[name] = list(relation.columns)
            assert relation.fetchall() or name in MAY_BE_EMPTY, name
    components = re.findall(r"<\w+ data=\{(\w+)\}(.*?)/>", text)
    assert components
    for name, attributes in components:
        shown = re.findall(r"\b(?:x|y|value|series|link)=(\w+)", attributes)
        shown += re.findall(r'"(\w+)"', "".join(re.findall(r"\{\[(.*?)\]\}", attributes)))
        assert set(shown) <= set(columns[name]), name


class TestSuperset:
    def test_files_refer_to_each_other_by_their_ids(self) -> None:
        database = yaml.safe_load((BI / "superset" / "databases" / "fieldhouse.yaml").read_text("utf-8"))
        dashboard = yaml.safe_load((BI / "superset" / "dashboards" / "fieldhouse.yaml").read_text("utf-8"))
        assert {dataset["database_uuid"] for dataset in DATASETS.values()} == {database["uuid"]}
        datasets = {dataset["uuid"] for dataset in DATASETS.values()}
        assert {chart["dataset_uuid"] for chart in CHARTS.values()} <= datasets
        placed = {
            item["meta"]["uuid"]
            for item in dashboard["position"].values()
            if isinstance(item, dict) and item["type"] == "CHART"
        }
        assert placed == {chart["uuid"] for chart in CHARTS.values()}

    @pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS)
    def test_a_chart_uses_columns_and_metrics_of_its_dataset(self, chart: dict[str, Any]) -> None:
        (dataset,) = [entry for entry in DATASETS.values() if entry["uuid"] == chart["dataset_uuid"]]
        columns = {column["column_name"] for column in dataset["columns"]}
        metrics = {metric["metric_name"] for metric in dataset["metrics"]}
        params = chart["params"]
        assert {*params.get("groupby", []), params.get("x_axis", dataset["main_dttm_col"])} <= columns
        assert {*params.get("metrics", []), params.get("metric", next(iter(metrics)))} <= metrics
        assert params["viz_type"] == chart["viz_type"]

    def test_no_password_is_in_the_export(self) -> None:
        text = (BI / "superset" / "databases" / "fieldhouse.yaml").read_text("utf-8")
        assert ":XXXXXXXXXX@" in text


def test_all_assets_read_marts_only() -> None:
    """Marts keep their names and columns between versions; vendor tables follow the vendors."""
    marts = {path.stem for path in (PROJECT / "models" / "marts").rglob("*.sql")}
    texts = [path.read_text("utf-8") for path in (*QUESTIONS, *SOURCES)]
    texts += [target["rawSql"] for panel in PANELS for target in panel["targets"]]
    for text in texts:
        tables = re.findall(r"\b(?:from|join) ([a-z_]+(?:\.\w+)?)", re.sub(r"--.*", "", text))
        assert tables
        assert [table for table in tables if table.removeprefix("marts.") not in marts] == []
        assert all(table.startswith("marts.") for table in tables)


def test_panels_of_grafana_have_an_id_and_a_place_of_their_own() -> None:
    ids = [panel["id"] for panel in GRAFANA["panels"]]
    assert len(set(ids)) == len(ids)
    cells = [
        (x, y)
        for panel in GRAFANA["panels"]
        for place in [panel["gridPos"]]
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) == 23
