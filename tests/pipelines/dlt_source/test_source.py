"""What a dlt user expects of a source: resources, hints, settings, and ten lines that work with the wheel."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import dlt
import pytest

import fieldhouse.dlt as sources
from fieldhouse.pipelines.dlt_source.settings import source_account
from fieldhouse.sources import VENDORS
from fieldhouse.sources.engine.errors import FixSettings
from fieldhouse.sources.sandbox.notific.api import NotificSandbox
from tests.support.dlt_pipelines import SETTINGS
from tests.support.vendors.oracle import inventory
from tests.support.vendors.vendor_suite import VENDORS_WITH_SANDBOX

pytestmark = pytest.mark.usefixtures("empty_project")


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
