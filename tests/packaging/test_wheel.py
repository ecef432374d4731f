"""The wheel: in an environment of its own, each command does its work in an empty folder or names the extra."""

from __future__ import annotations

import re
import signal
import subprocess
import zipfile
from collections.abc import Iterator
from email.parser import HeaderParser
from pathlib import Path

import pytest
from typer.main import get_command

from fieldhouse.pipelines.cli.app import app
from fieldhouse.pipelines.config.extras import EXTRAS
from fieldhouse.sources.sandbox.notific.api import NotificSandbox
from fieldhouse.sources.sandbox.server import environment, serve
from tests.support.packaging.wheel_environment import ROOT, WheelEnvironment, build_wheel, make_environment
from tests.support.runs.shared_fixture import make_once

SYNC_FIRST = "sync"
CASES: dict[str, tuple[list[str], int, str]] = {
    # command -> arguments, exit code, what its output has (standard output and error together)
    "sync": ([], 0, "tickets"),
    "check": ([], 0, "tickets"),
    "plan": ([], 0, "requests"),
    "verify": ([], 0, "notific"),
    "status": ([], 0, "tickets"),
    "state show": ([], 0, "customers"),
    "state set": (["notific", "tickets", "2026-01-01T00:00:00Z"], 2, "tickets has no cursor"),
    "state reset": (["notific", "tickets"], 0, ""),
    "schema diff": ([], 0, ""),
    "schema show": (["notific.tickets"], 0, "expected_resolution_time"),
    "schema export": (["notific", "--format", "dbml"], 0, "Table notific.tickets"),
    "tables": (["notific"], 0, "tickets"),
    "build": ([], 2, "fieldhouse[marts]"),
    "dashboard": ([], 2, "fieldhouse[dashboard]"),
    "webhooks": ([], 2, "Shiftboard"),
    "runs": ([], 0, "notific"),
    "query": (["SELECT count(*) AS tickets FROM notific.tickets"], 0, "tickets"),
    "maintain": ([], 0, ""),
}
SERVERS = {"demo", "sandbox"}
"""Commands with tests of their own below."""


def commands() -> set[str]:
    root = get_command(app).commands  # type: ignore[attr-defined]
    return {
        f"{name} {sub}".strip()
        for name, command in root.items()
        for sub in getattr(command, "commands", {"": None})
    }


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> WheelEnvironment:
    """The wheel with its dependencies and without any extra; one for all workers."""
    made: WheelEnvironment = make_once(
        tmp_path_factory, "wheel", lambda folder: make_environment(folder / "env", build_wheel(folder))
    )
    return made


@pytest.fixture(scope="module")
def synced(
    installed: WheelEnvironment, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, dict[str, str]]]:
    """A folder whose warehouse was synced by the wheel, and the settings for it.

    The folder has packages called like our own, as many projects of this trade do.
    """
    folder = tmp_path_factory.mktemp("project")
    for name in ("sources", "pipelines", "warehouse"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text("raise ImportError('another project')\n")
    box = NotificSandbox(size=0.1, edge_cases=True)
    with serve(box) as urls:
        settings = {**environment([box], urls), "FIELDHOUSE_PACE_DIR": str(folder)}
        done = installed.run(folder, SYNC_FIRST, **settings)
        assert done.returncode == 0, done.stderr
        yield folder, settings


@pytest.mark.parametrize("command", sorted(commands() - SERVERS))
def test_a_command_works_or_names_the_extra(
    installed: WheelEnvironment, synced: tuple[Path, dict[str, str]], command: str
) -> None:
    """A command without a case is called without arguments, and must not end with a defect."""
    folder, settings = synced
    arguments, code, text = CASES.get(command, ([], None, ""))
    done = installed.run(folder, *command.split(), *arguments, **settings)
    assert done.returncode == code or (code is None and done.returncode in (0, 2, 3, 4)), done.stderr
    assert text in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_every_case_is_of_a_command() -> None:
    assert CASES.keys() | SERVERS <= commands()


def test_the_demo_runs_without_the_repository(installed: WheelEnvironment, tmp_path: Path) -> None:
    code = "import sys; from fieldhouse.pipelines.commands.demo import run; sys.exit(run(['bossdesk'], size=0.05))"
    done = subprocess.run(
        [installed.python, "-c", code],
        cwd=tmp_path,
        env=installed.variables(tmp_path, {"FIELDHOUSE_PACE_DIR": str(tmp_path)}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "fieldhouse[marts]" in done.stdout
    assert [path.name for path in tmp_path.glob("*.duckdb")] == ["fieldhouse-demo.duckdb"]


def test_the_sandbox_serves_until_it_is_interrupted(installed: WheelEnvironment, tmp_path: Path) -> None:
    with subprocess.Popen(
        [installed.folder / "bin" / "fieldhouse", "sandbox", "notific", "--size", "0.05"],
        cwd=tmp_path,
        env=installed.variables(tmp_path, {"PYTHONUNBUFFERED": "1"}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            line = next(
                line for line in process.stdout if line.startswith("export SOURCES__NOTIFIC__BASE_URL")
            )
        finally:
            process.send_signal(signal.SIGINT)
        assert "http://127.0.0.1:" in line


class TestContents:
    def test_nothing_but_fieldhouse_is_put_into_site_packages(self, installed: WheelEnvironment) -> None:
        tops = {name.split("/")[0] for name in zipfile.ZipFile(installed.wheel).namelist()}
        assert sorted(re.sub(r"-[\d.]+\.", "-VERSION.", top) for top in tops) == [
            "fieldhouse",
            "fieldhouse-VERSION.dist-info",
        ]

    def test_files_beside_the_code_are_in_it(self, installed: WheelEnvironment) -> None:
        """Everything under version control in the three packages, by its real path."""
        listed = subprocess.run(
            ["git", "ls-files", "sources", "pipelines", "warehouse"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        names = set(zipfile.ZipFile(installed.wheel).namelist())
        assert {f"fieldhouse/{path}" for path in listed if (ROOT / path).is_file()} - names == set()
        assert "fieldhouse/py.typed" in names
        assert "fieldhouse/pipelines/config/example.secrets.toml" in names

    def test_nothing_made_by_a_run_is_in_it(self, installed: WheelEnvironment) -> None:
        names = zipfile.ZipFile(installed.wheel).namelist()
        pattern = r"__pycache__|\.duckdb|/target/|/logs/|(^|/)secrets\.toml$"
        assert [name for name in names if re.search(pattern, name)] == []

    def test_the_metadata_have_links_and_all_extras(self, installed: WheelEnvironment) -> None:
        (place,) = installed.site.glob("fieldhouse-*.dist-info/METADATA")
        metadata = HeaderParser().parsestr(place.read_text("utf-8"))
        links = dict(line.split(", ", 1) for line in metadata.get_all("Project-URL", []))
        assert {"Documentation", "Repository", "Issues", "Changelog"} <= links.keys()
        assert all(link.startswith(links["Repository"]) for link in links.values())
        assert set(metadata.get_all("Provides-Extra", [])) == {*EXTRAS, "dev"}

    def test_another_distribution_with_our_names_does_no_harm(
        self, installed: WheelEnvironment, tmp_path: Path
    ) -> None:
        """Packages beside ours in site-packages, not only in the working folder."""
        for name in ("sources", "pipelines", "warehouse"):
            (tmp_path / name).mkdir()
            (tmp_path / name / "__init__.py").write_text("raise ImportError('another distribution')\n")
        done = installed.run(tmp_path, "tables", "notific", PYTHONPATH=str(tmp_path))
        assert done.returncode == 0, done.stderr
