"""What a dlt user expects of a source: resources, hints, settings, selection, limits, and a wheel's ten lines."""

from __future__ import annotations

import inspect
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import dlt
import pytest
from dlt.pipeline.exceptions import PipelineStepFailed

import fieldhouse.dlt as sources
from fieldhouse.pipelines.dlt_source.settings import source_account
from fieldhouse.pipelines.dlt_source.source import account_source
from fieldhouse.sources import VENDORS
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.errors import FixSettings
from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from fieldhouse.sources.sandbox.notific.api import NotificSandbox
from fieldhouse.sources.sandbox.sandbox import Answer
from fieldhouse.sources.sandbox.server import environment, serve
from tests.faults.small_worlds import small_pages
from tests.support.sync_harness import open_harness
from tests.support.vendors.oracle import inventory
from tests.support.vendors.vendor_suite import VENDORS_WITH_SANDBOX, sandbox_of

SETTINGS: dict[str, dict[str, str]] = {
    "shiftboard": {"access_key_id": "id", "signature_key": "key"},
    "bossdesk": {"base_url": "https://desk.example.com/api/v1", "api_key": "key"},
    "servicebridge": {"user_id": "user", "password": "secret"},
    "servicesidekick": {"base_url": "https://kick.example.com", "api_token": "token"},
    "notific": {"base_url": "https://notific.example.com", "api_key": "key"},
}


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FIELDHOUSE_PACE_DIR", str(tmp_path))
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    monkeypatch.setenv("SCHEMA__NAMING", "snake_case")  # as in a project of its own
    for name in [name for name in os.environ if name.startswith("SOURCES__")]:
        monkeypatch.delenv(name)


@pytest.fixture
def notific(monkeypatch: pytest.MonkeyPatch) -> Iterator[NotificSandbox]:
    """A sandbox on loopback, configured by the environment."""
    sandbox = NotificSandbox(size=0.1, edge_cases=True)
    with serve(sandbox) as urls:
        for name, value in environment([sandbox], urls).items():
            monkeypatch.setenv(name, value)
        yield sandbox


@pytest.fixture
def dlt_log(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The warnings and errors of dlt's logger, which hands nothing to its parents."""
    monkeypatch.setenv("RUNTIME__LOG_LEVEL", "WARNING")  # this repository's own settings have CRITICAL
    messages: list[str] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            messages.append(f"{record.levelname}: {record.getMessage()}")

    handler, logger = Handler(logging.WARNING), logging.getLogger("dlt")
    level = logger.level
    logger.setLevel(logging.WARNING)
    logger.addHandler(handler)
    yield messages
    logger.removeHandler(handler)
    logger.setLevel(level)


def _pipeline(folder: Path, **options: Any) -> dlt.Pipeline:
    return dlt.pipeline(
        "desk",
        pipelines_dir=str(folder / "pipelines"),
        destination=dlt.destinations.duckdb(str(folder / "desk.duckdb")),
        dataset_name="notific",
        **options,
    )


def _rows(pipeline: dlt.Pipeline) -> dict[str, int]:
    return dict(pipeline.dataset().row_counts().fetchall())


@pytest.mark.parametrize("vendor", VENDORS_WITH_SANDBOX)
def test_source_has_a_resource_with_its_key_for_each_table(vendor: str) -> None:
    source = getattr(sources, vendor)(**SETTINGS[vendor])
    assert isinstance(source, dlt.sources.DltSource)
    assert (source.name, source.section) == (vendor, vendor)
    tables = inventory(vendor)
    assert set(source.resources) == set(tables)
    for name, resource in source.resources.items():
        schema = resource.compute_table_schema()
        keys = {column for column, hints in schema["columns"].items() if hints.get("primary_key")}
        assert keys == set(tables[name].key)
        assert schema["write_disposition"] == "merge"
        described = [hints for hints in schema["columns"].values() if hints.get("description")]
        assert described


def test_relations_of_the_declarations_are_references() -> None:
    schema = sources.bossdesk(**SETTINGS["bossdesk"]).tickets.compute_table_schema()
    assert {
        "referenced_table": "users",
        "columns": ["requester__id"],
        "referenced_columns": ["id"],
    } in schema["references"]


def test_signature_shows_the_settings_of_the_vendor() -> None:
    parameters = inspect.signature(sources.bossdesk).parameters
    assert {"account", "api_key", "start_date", "sweep_every", "on_error"} <= set(parameters)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({}, "base_url"),
        ({**SETTINGS["bossdesk"], "sweep_every": "soon"}, "expected a duration"),
        ({**SETTINGS["bossdesk"], "deletes": "hard"}, "expected soft or ignore"),
        ({**SETTINGS["bossdesk"], "personal_data": "hash"}, "hash_key"),
        ({**SETTINGS["bossdesk"], "tables": ["tickts"]}, "tickets"),
    ],
)
def test_wrong_settings_are_refused_with_the_name(settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(FixSettings, match=problem):
        sources.bossdesk(**settings)


def test_variable_without_its_section_is_not_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEY", "of another program")
    monkeypatch.setenv("SOURCES__BOSSDESK__BASE_URL", "https://desk.example.com/api/v1")
    with pytest.raises(FixSettings, match="api_key"):
        sources.bossdesk()


def test_secret_can_be_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from a file\n")
    monkeypatch.setenv("SOURCES__BOSSDESK__BASE_URL", "https://desk.example.com/api/v1")
    monkeypatch.setenv("SOURCES__BOSSDESK__API_KEY_FILE", str(tmp_path / "key"))
    settings: Any = source_account("bossdesk", "", {}).settings
    assert settings.api_key.get_secret_value() == "from a file"


def test_named_account_has_its_own_section_and_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SETTINGS["bossdesk"].items():
        monkeypatch.setenv(f"SOURCES__BOSSDESK__EMEA__{name.upper()}", value)
    source = sources.bossdesk("emea")
    assert source.schema.name == "bossdesk_emea"


def test_selected_resource_sends_no_request_for_other_tables(notific: NotificSandbox, tmp_path: Path) -> None:
    _pipeline(tmp_path).run(sources.notific().with_resources("services"))
    assert set(notific.calls) == {"GET /api/Services"}
    assert set(_rows(_pipeline(tmp_path))) == {"services"}


def test_requests_count_against_the_limits_of_the_machine(notific: NotificSandbox, tmp_path: Path) -> None:
    """Every process of the machine reads what the others have sent from these files."""
    _pipeline(tmp_path).extract(sources.notific(requests_per_hour=3000).with_resources("services"))
    (file,) = (tmp_path / "fieldhouse" / "pace").glob("*-notific-3000in3600*")
    assert file.stat().st_size


def test_limit_bounds_requests_and_moves_no_state(tmp_path: Path) -> None:
    sandbox = sandbox_of("servicebridge")
    with open_harness(sandbox, "duckdb:///unused.duckdb", tmp_path) as harness:
        account = replace(harness.account, vendor=small_pages(harness.account.vendor, 5))

        def source() -> Any:
            return account_source(account).with_resources("customers")

        pipeline = _pipeline(tmp_path)
        pipeline.run(source().add_limit(2))
        limited = sandbox.requests()
        part = _rows(pipeline)["customers"]
        sandbox.reset_counts()
        pipeline.run(source())
        assert limited < sandbox.requests()
        assert 0 < part < _rows(pipeline)["customers"] == len(sandbox.truth()["customers"])


def test_replace_writes_every_row_in_each_run(notific: NotificSandbox, tmp_path: Path) -> None:
    source = sources.notific().with_resources("tickets")
    source.tickets.apply_hints(write_disposition="replace")
    pipeline = _pipeline(tmp_path)
    pipeline.run(source)
    before = _rows(pipeline)
    pipeline.run(source)
    assert _rows(pipeline) == before
    assert before["tickets"] == len(notific.truth()["tickets"])


def test_incremental_of_dlt_is_refused(notific: NotificSandbox, tmp_path: Path) -> None:
    source = sources.notific().with_resources("tickets")
    source.tickets.apply_hints(incremental=dlt.sources.incremental("id"))
    with pytest.raises(Exception, match="not supported: the engine keeps the cursor"):
        _pipeline(tmp_path).run(source)
    assert sum(notific.calls.values()) == 0


def test_failing_table_stops_the_load_or_is_skipped(notific: NotificSandbox, tmp_path: Path) -> None:
    def refuse(call: Any, honest: Any) -> Any:
        return type(honest)(403, b"", {}) if "Operators" in call.path else None

    with notific.fault(refuse):
        with pytest.raises(Exception, match="operators"):
            _pipeline(tmp_path).run(sources.notific())
        _pipeline(tmp_path).run(sources.notific(on_error="skip"))
    rows = _rows(_pipeline(tmp_path))
    assert rows["tickets"] == len(notific.truth()["tickets"])
    assert "operators" not in rows


@pytest.mark.parametrize("refusal", ["denied", "another row", "no key", "text key"])
def test_refusal_of_one_record_loads_the_others(tmp_path: Path, dlt_log: list[str], refusal: str) -> None:
    sandbox = BossDeskSandbox(size=0.05, seed=11, edge_cases=True)
    keys = [row["friendly_id"] for row in sandbox.truth()["users"]]
    answers = {
        "denied": (f"/users/{keys[0]}", lambda honest: type(honest)(403, b"", {})),
        "another row": (f"/users/{keys[0]}", lambda honest: type(honest)(200, b'{"id": 1}', {})),
        "no key": ("/groups", lambda honest: _with_first_key(honest, None)),
        "text key": ("/groups", lambda honest: _with_first_key(honest, "grp_1")),
    }
    path, answer = answers[refusal]
    table = path.split("/")[1]
    with (
        open_harness(sandbox, "duckdb:///unused.duckdb", tmp_path) as harness,
        sandbox.fault(lambda call, honest: answer(honest) if call.path.endswith(path) else None),
    ):
        source = account_source(harness.account, Options(widens_ids=False))
        _pipeline(tmp_path).run(source.with_resources(table))
        pipeline = _pipeline(tmp_path)
        expected = len(sandbox.truth()[table]) - refusal.endswith(" key")
        assert _rows(pipeline)[table] == expected
        assert [line for line in dlt_log if line.startswith("WARNING: ") and table in line]


def _with_first_key(honest: Any, key: Any) -> Any:
    rows = json.loads(honest.body)
    if rows:
        rows[0]["id"] = key
    return replace(honest, body=json.dumps(rows).encode())


class SlowTickets(NotificSandbox):
    """Refuses operators, and answers for tickets a second later."""

    def __init__(self) -> None:
        super().__init__(size=0.1)
        self._refused = threading.Event()

    def answer(self, call: Any) -> Any:
        if "Operators" in call.path:
            self._refused.set()
            return Answer(403, b"", {})
        if "Tickets" in call.path:
            self.lock.release()
            try:
                self._refused.wait(5)
                threading.Event().wait(1)
            finally:
                self.lock.acquire()
        return super().answer(call)


def test_error_of_a_table_is_raised_while_others_are_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """dlt closes generators that still run in its threads; the error of that would hide the first one."""
    sandbox = SlowTickets()
    with serve(sandbox) as urls:
        for name, value in environment([sandbox], urls).items():
            monkeypatch.setenv(name, value)
        with pytest.raises(PipelineStepFailed) as failed:
            _pipeline(tmp_path).run(sources.notific())
    assert "operators" in str(failed.value)
    assert "already executing" not in str(failed.value)


def test_tables_have_loads_relations_and_no_warning_about_hints(
    notific: NotificSandbox, tmp_path: Path, dlt_log: list[str]
) -> None:
    pipeline = _pipeline(tmp_path)
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
        _pipeline(tmp_path).run(sources.notific().with_resources("services"))
    assert dlt_log == []
    columns = _pipeline(tmp_path).default_schema.tables["services"]["columns"]
    (name,) = [name for name in columns if name.startswith("deep")]
    assert columns[name]["data_type"] == "json"
    values = [
        json.loads(value)
        for (value,) in _pipeline(tmp_path).dataset()(f"SELECT {name} FROM services").fetchall()
    ]
    assert sorted(next(iter(value.values())) for value in values) == list(
        range(len(notific.truth()["services"]))
    )


def test_names_of_columns_stay_as_declared() -> None:
    for vendor in VENDORS_WITH_SANDBOX:
        source = getattr(sources, vendor)(**SETTINGS[vendor])
        naming = source.schema.naming
        for resource in source.resources.values():
            names = list(resource.compute_table_schema()["columns"])
            assert [naming.normalize_path(name) for name in names] == names


SCRIPT = """
import dlt
from fieldhouse.dlt import notific

pipeline = dlt.pipeline("desk", destination="duckdb", dataset_name="notific")
pipeline.run(notific().with_resources("tickets", "customers"))
print(pipeline.dataset().tickets.df().shape[0])
"""


def test_ten_lines_work_in_a_folder_with_packages_of_its_own(notific: NotificSandbox, tmp_path: Path) -> None:
    for name in ("sources", "pipelines", "warehouse"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise ImportError('not ours')\n")
    settings = [
        f'{name} = "{os.environ[f"SOURCES__NOTIFIC__{name.upper()}"]}"' for name in ("base_url", "api_key")
    ]
    (tmp_path / ".dlt").mkdir()
    (tmp_path / ".dlt" / "secrets.toml").write_text("\n".join(["[sources.notific]", *settings]))
    (tmp_path / "load.py").write_text(SCRIPT)
    variables = {name: value for name, value in os.environ.items() if "__" not in name}
    process = subprocess.run(
        [sys.executable, "load.py"],
        cwd=tmp_path,
        env={
            **variables,
            "HOME": str(tmp_path),
            "DLT_DATA_DIR": str(tmp_path),
            "RUNTIME__DLTHUB_TELEMETRY": "false",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    assert process.stdout.split()[-1] == str(len(notific.truth()["tickets"]))


def test_vendors_of_the_module_are_the_vendors() -> None:
    assert {name for name in sources.__all__ if name != "vendor_source"} == set(VENDORS)


def test_a_table_that_the_account_lacks_is_remembered_and_creates_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    box = BossDeskSandbox(size=0.03)
    box.has_articles = False
    with serve(box) as urls:
        for name, value in environment([box], urls).items():
            monkeypatch.setenv(name, value)
        tables = ("tags", "articles")
        pipeline = _pipeline(tmp_path)
        for requests in (2, 0):
            box.reset_counts()
            pipeline.run(sources.bossdesk().with_resources(*tables))
            assert box.calls["GET /api/v2/articles"] == requests
        assert "articles" not in pipeline.default_schema.data_table_names(seen_data_only=True)
        box.has_articles = True
        pipeline.run(sources.bossdesk(full=True).with_resources(*tables))
        assert _rows(pipeline)["articles"] == len(box.truth()["articles"])
