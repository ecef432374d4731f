"""Loads of a source: selection, limits, write dispositions, and the tables that they create."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import dlt
import pytest

import fieldhouse.dlt as sources
from fieldhouse.pipelines.dlt_source.source import account_source
from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from fieldhouse.sources.sandbox.notific.api import NotificSandbox
from fieldhouse.sources.sandbox.server import environment, serve
from tests.faults.small_worlds import small_pages
from tests.support.dlt_pipelines import duckdb_pipeline, row_counts
from tests.support.sync_harness import open_harness
from tests.support.vendors.vendor_suite import sandbox_of

pytestmark = pytest.mark.usefixtures("empty_project")


def test_selected_resource_sends_no_request_for_other_tables(notific: NotificSandbox, tmp_path: Path) -> None:
    duckdb_pipeline(tmp_path).run(sources.notific().with_resources("services"))
    assert set(notific.calls) == {"GET /api/Services"}
    assert set(row_counts(duckdb_pipeline(tmp_path))) == {"services"}


def test_requests_count_against_the_limits_of_the_machine(notific: NotificSandbox, tmp_path: Path) -> None:
    """Every process of the machine reads what the others have sent from these files."""
    duckdb_pipeline(tmp_path).extract(sources.notific(requests_per_hour=3000).with_resources("services"))
    (file,) = (tmp_path / "fieldhouse" / "pace").glob("*-notific-3000in3600*")
    assert file.stat().st_size


def test_limit_bounds_requests_and_moves_no_state(tmp_path: Path) -> None:
    sandbox = sandbox_of("servicebridge")
    with open_harness(sandbox, "duckdb:///unused.duckdb", tmp_path) as harness:
        account = replace(harness.account, vendor=small_pages(harness.account.vendor, 5))

        def source() -> Any:
            return account_source(account).with_resources("customers")

        pipeline = duckdb_pipeline(tmp_path)
        pipeline.run(source().add_limit(2))
        limited = sandbox.requests()
        part = row_counts(pipeline)["customers"]
        sandbox.reset_counts()
        pipeline.run(source())
        assert limited < sandbox.requests()
        assert 0 < part < row_counts(pipeline)["customers"] == len(sandbox.truth()["customers"])


def test_replace_writes_every_row_in_each_run(notific: NotificSandbox, tmp_path: Path) -> None:
    source = sources.notific().with_resources("tickets")
    source.tickets.apply_hints(write_disposition="replace")
    pipeline = duckdb_pipeline(tmp_path)
    pipeline.run(source)
    before = row_counts(pipeline)
    pipeline.run(source)
    assert row_counts(pipeline) == before
    assert before["tickets"] == len(notific.truth()["tickets"])


@pytest.mark.parametrize("refresh", ["drop_sources", "drop_resources", "drop_data"])
def test_refresh_loads_every_row_again(notific: NotificSandbox, tmp_path: Path, refresh: Any) -> None:
    pipeline = duckdb_pipeline(tmp_path)
    pipeline.run(sources.notific())
    before = row_counts(pipeline)
    pipeline.run(sources.notific(), refresh=refresh)
    assert row_counts(pipeline) == before


@pytest.mark.parametrize("failing", ["Tickets", "Services"])
def test_replaced_table_that_fails_stays_as_it_was(
    notific: NotificSandbox, tmp_path: Path, failing: str
) -> None:
    source, pipeline = sources.notific(on_error="skip"), duckdb_pipeline(tmp_path)
    for resource in source.resources.values():
        resource.apply_hints(write_disposition="replace")
    pipeline.run(source)
    before = row_counts(pipeline)
    with notific.fault(lambda call, honest: replace(honest, status=403) if failing in call.path else None):
        pipeline.run(source)
    assert row_counts(pipeline) == before
    notific.delete("tickets", notific.truth()["tickets"][0]["Id"])
    pipeline.run(source)
    assert row_counts(pipeline)["tickets"] == before["tickets"] - 1


def test_limit_of_rows_keeps_the_child_rows_of_those_that_it_loads(
    notific: NotificSandbox, tmp_path: Path
) -> None:
    pipeline = duckdb_pipeline(tmp_path)
    pipeline.run(sources.notific().with_resources("tickets").add_limit(1, count_rows=True))
    pipeline.run(sources.notific().with_resources("tickets"))
    children = sum(len(row["CustomerIds"]) for row in notific.truth()["tickets"])
    assert row_counts(pipeline)["tickets__customer_ids"] == children


def test_table_of_another_name_has_its_child_tables_and_its_deletes(
    notific: NotificSandbox, tmp_path: Path
) -> None:
    def source() -> Any:
        source = sources.notific(sweep=True).with_resources("tickets", "services")
        source.tickets.apply_hints(table_name="desk_Tickets")
        return source

    pipeline = duckdb_pipeline(tmp_path)
    pipeline.run(source())
    rows, gone = row_counts(pipeline), notific.truth()["tickets"][0]
    assert set(rows) == {"desk_tickets", "desk_tickets__customer_ids", "services"}
    notific.delete("tickets", gone["Id"])
    pipeline.run(source())
    deleted = pipeline.dataset()("SELECT id FROM desk_tickets WHERE _deleted_at IS NOT NULL").fetchall()
    assert deleted == [(gone["Id"],)]
    references = pipeline.default_schema.tables["desk_tickets__customer_ids"]["references"]
    assert [reference["referenced_table"] for reference in references] == ["desk_tickets"]


@pytest.mark.parametrize("pipelines", [("desk", "desk"), ("desk", "other")])
def test_accounts_with_tables_of_the_same_names_are_refused_in_one_dataset(
    notific: NotificSandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pipelines: tuple[str, str]
) -> None:
    for name in ("BASE_URL", "API_KEY"):
        monkeypatch.setenv(f"SOURCES__NOTIFIC__EMEA__{name}", os.environ[f"SOURCES__NOTIFIC__{name}"])
    first, second = (duckdb_pipeline(tmp_path, name) for name in pipelines)
    first.run(sources.notific().with_resources("tickets", "customers"))
    with pytest.raises(Exception, match="rows would be mixed"):
        second.run(sources.notific("emea").with_resources("tickets"))
    second.run(sources.notific("emea").with_resources("services"))
    with pytest.raises(Exception, match="rows would be mixed"):
        first.run(sources.servicebridge(base_url="http://127.0.0.1:9", user_id="user", password="secret"))
    renamed = sources.notific("emea").with_resources("tickets")
    renamed.tickets.apply_hints(table_name="emea_tickets")
    second.run(renamed)
    with second.sql_client() as client:
        tables = client.execute_sql("SELECT table_name FROM information_schema.tables")
    assert {("tickets",), ("customers",), ("services",), ("emea_tickets",)} <= set(tables)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"write_disposition": {"disposition": "merge", "strategy": "scd2"}}, "scd2 is not supported"),
        ({"write_disposition": {"disposition": "merge", "strategy": "insert-only"}}, "insert-only is not"),
        ({"table_name": lambda row: "tickets"}, "depends on its rows"),
        ({"table_name": "services"}, "another resource loads into the table services"),
    ],
)
def test_hints_that_would_make_a_table_wrong_are_refused(
    notific: NotificSandbox, tmp_path: Path, change: dict[str, Any], problem: str
) -> None:
    source = sources.notific()
    source.tickets.apply_hints(**change)
    with pytest.raises(Exception, match=problem):
        duckdb_pipeline(tmp_path).run(source)
    assert sum(notific.calls.values()) == 0


def test_resource_of_another_name_is_refused(notific: NotificSandbox, tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"apply_hints\(table_name='mine'\)"):
        duckdb_pipeline(tmp_path).run(sources.notific().tickets.with_name("mine"))


def test_incremental_of_dlt_is_refused(notific: NotificSandbox, tmp_path: Path) -> None:
    source = sources.notific().with_resources("tickets")
    source.tickets.apply_hints(incremental=dlt.sources.incremental("id"))
    with pytest.raises(Exception, match="not supported: the engine keeps the cursor"):
        duckdb_pipeline(tmp_path).run(source)
    assert sum(notific.calls.values()) == 0


def test_tables_have_loads_relations_and_no_warning_about_hints(
    notific: NotificSandbox, tmp_path: Path, dlt_log: list[str]
) -> None:
    pipeline = duckdb_pipeline(tmp_path)
    pipeline.run(sources.notific())
    assert dlt_log == []
    dataset = pipeline.dataset()
    loads = {load for (load,) in dataset("SELECT load_id FROM _dlt_loads").fetchall()}
    written = {
        load for (load,) in dataset("SELECT DISTINCT _dlt_load_id FROM tickets__customer_ids").fetchall()
    }
    assert written
    assert written <= loads
    diagram = pipeline.default_schema.to_mermaid()
    assert "tickets__customer_ids" in diagram
    columns = pipeline.default_schema.tables["tickets__customer_ids"]["columns"]
    assert set(columns) == {
        "_parent_id",
        "_list_index",
        "value",
        "_synced_at",
        "_deleted_at",
        "_dlt_load_id",
        "_dlt_id",
    }


def test_undeclared_json_is_json_and_dlt_warns_of_nothing(
    notific: NotificSandbox, tmp_path: Path, dlt_log: list[str]
) -> None:
    def more(call: Any, honest: Any) -> Any:
        if "Services" not in call.path:
            return None
        rows = json.loads(honest.body)
        rows = [{**row, "deep": {"a": {"b": {"c": {"d": {"e": at}}}}}} for at, row in enumerate(rows)]
        return replace(honest, body=json.dumps(rows).encode())

    with notific.fault(more):
        duckdb_pipeline(tmp_path).run(sources.notific().with_resources("services"))
    assert dlt_log == []
    columns = duckdb_pipeline(tmp_path).default_schema.tables["services"]["columns"]
    (name,) = [name for name in columns if name.startswith("deep")]
    assert columns[name]["data_type"] == "json"
    values = [
        json.loads(value)
        for (value,) in duckdb_pipeline(tmp_path).dataset()(f"SELECT {name} FROM services").fetchall()
    ]
    assert sorted(next(iter(value.values())) for value in values) == list(
        range(len(notific.truth()["services"]))
    )


def test_a_table_that_the_account_lacks_is_remembered_and_creates_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    box = BossDeskSandbox(size=0.03)
    box.has_articles = False
    with serve(box) as urls:
        for name, value in environment([box], urls).items():
            monkeypatch.setenv(name, value)
        tables = ("tags", "articles")
        pipeline = duckdb_pipeline(tmp_path)
        for requests in (2, 0):
            box.reset_counts()
            pipeline.run(sources.bossdesk().with_resources(*tables))
            assert box.calls["GET /api/v2/articles"] == requests
        assert "articles" not in pipeline.default_schema.data_table_names(seen_data_only=True)
        box.has_articles = True
        pipeline.run(sources.bossdesk(full=True).with_resources(*tables))
        assert row_counts(pipeline)["articles"] == len(box.truth()["articles"])
