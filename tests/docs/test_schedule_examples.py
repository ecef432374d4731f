"""The schedules in the documentation: each is parsed as its reader will, and each command that it holds is run."""

from __future__ import annotations

import configparser
import os
import re
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from fieldhouse.pipelines.cli.app import app
from fieldhouse.pipelines.config.settings import load
from fieldhouse.sources.sandbox.notific.api import NotificSandbox
from fieldhouse.sources.sandbox.server import environment, serve

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "scheduling.md").read_text("utf-8")
CRON = re.compile(r"(\*|\d+)(/\d+)?$")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.M | re.S)


def commands() -> list[str]:
    """Every command ``fieldhouse …`` of the page's blocks, without what follows it in a shell."""
    text = "\n".join(block for language in ("cron", "ini", "yaml") for block in blocks(language))
    actual = re.findall(r"\bfieldhouse ((?:sync|status|build)\b[^>|\n]*)", text)
    return sorted({command.strip() for command in actual})


def workflow() -> dict[str, object]:
    made: dict[str, object] = yaml.safe_load(next(block for block in blocks("yaml") if "jobs:" in block))
    return made


def schedules() -> list[str]:
    lines = [line for block in blocks("cron") for line in block.splitlines() if not line.startswith("#")]
    return [" ".join(line.split()[:5]) for line in lines] + re.findall(r'cron: "(.*)"', blocks("yaml")[0])


@pytest.mark.parametrize("line", schedules())
def test_cron_lines_have_five_fields_within_their_ranges(line: str) -> None:
    fields = line.split()
    assert len(fields) == 5
    for field, most in zip(fields, (59, 23, 31, 12, 7), strict=True):
        matched = CRON.match(field)
        assert matched, field
        assert matched[1] == "*" or int(matched[1]) <= most


def test_the_units_are_what_systemd_reads(tmp_path: Path) -> None:
    service, timer = blocks("ini")
    for name, text, wanted in (
        ("fieldhouse.service", service, {"Unit", "Service"}),
        ("fieldhouse.timer", timer, {"Unit", "Timer", "Install"}),
    ):
        parser = configparser.ConfigParser(interpolation=None)
        parser.optionxform = str  # type: ignore[assignment,method-assign]
        parser.read_string(text)
        assert set(parser.sections()) == wanted
        (tmp_path / name).write_text(text.replace("/srv/fieldhouse/.venv/bin/fieldhouse", sys.executable))
        if shutil.which("systemd-analyze"):
            output = subprocess.run(
                ["systemd-analyze", "verify", str(tmp_path / name)],
                capture_output=True,
                text=True,
                check=False,
            )
            assert not [line for line in output.stderr.splitlines() if name in line], output.stderr
    restart = re.search(r"RestartPreventExitStatus=(.*)", service)
    assert restart
    assert restart[1].split() == ["1", "2", "4"]


def test_the_workflow_names_settings_that_exist(tmp_path: Path) -> None:
    job = workflow()["jobs"]["sync"]  # type: ignore[index]
    given = {name: "https://notific.example.com" for name in job["env"] if name.endswith("BASE_URL")}
    given |= {name: "a-key" for name in job["env"] if name.endswith("API_KEY")}
    settings = load({"HOME": str(tmp_path), "WAREHOUSE__URL": "duckdb:///x.duckdb", **given}, tmp_path)
    assert set(job["env"]) == {"WAREHOUSE__URL", *given}
    assert [account.name for account in settings.accounts] == ["notific"]
    assert all("uses" in step or "run" in step for step in job["steps"])


def test_every_command_of_the_page_runs(tmp_path: Path) -> None:
    assert {command.split()[0] for command in commands()} == {"sync", "status", "build"}
    box = NotificSandbox(size=0.1, edge_cases=True)
    with serve(box) as urls:
        variables = {**os.environ, "HOME": str(tmp_path), "PYTHONPATH": str(ROOT), **environment([box], urls)}
        for command in sorted(commands(), key=lambda item: not item.startswith("sync")):
            if command.startswith("build"):  # built for real by the tests of the demo and of the marts
                name, *options = shlex.split(command)
                get_command(app).commands[name].make_context(name, options)  # type: ignore[attr-defined]
                continue
            done = subprocess.run(
                [sys.executable, "-m", "fieldhouse.pipelines.cli", *shlex.split(command)],
                cwd=tmp_path,
                env=variables,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, (command, done.stderr)


@pytest.mark.skipif(not find_spec("dagster"), reason="the extra fieldhouse[dagster] is not installed")
def test_dagster_reads_its_settings_and_the_module(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "dagster.yaml").write_text(next(block for block in blocks("yaml") if "telemetry" in block))
    (command,) = re.findall(r"^dagster dev (-m \S+)$", PAGE, re.M)
    box = NotificSandbox(size=0.1, edge_cases=True)
    with serve(box) as urls:
        variables = {
            **os.environ,
            "HOME": str(tmp_path),
            "DAGSTER_HOME": str(home),
            **environment([box], urls),
        }
        done = subprocess.run(
            [sys.executable, "-m", "dagster", "definitions", "validate", *command.split()],
            cwd=ROOT,
            env=variables,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr[-2000:]
