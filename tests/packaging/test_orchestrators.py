"""The examples for Airflow, Prefect and Kestra: commands exist, and only exit code 3 leads to another try.

The examples are loaded with stand-ins for the orchestrators' modules, which are too large for this suite.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import logging
import re
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from fieldhouse.pipelines.config.settings import load
from tests.support.packaging.command_lines import parse

FOLDER = Path(__file__).parent.parent.parent / "deploy" / "orchestrators"
KESTRA: dict[str, Any] = yaml.safe_load((FOLDER / "kestra_flow.yaml").read_text("utf-8"))
SCRIPTS = [task for task in KESTRA["tasks"] if "commands" in task]


class AirflowFailException(Exception):
    """Airflow fails the task without another try."""


def decorator(*given: Any, **options: Any) -> Any:
    """``@task`` and ``@task(…)``: the function itself; ``@dag`` and ``@flow``: nothing is run."""
    return given[0] if given else lambda function: lambda *arguments, **named: None


def module(name: str, **members: Any) -> types.ModuleType:
    made = types.ModuleType(name)
    vars(made).update(members)
    return made


def example(name: str, monkeypatch: pytest.MonkeyPatch, program: Path) -> types.ModuleType:
    """An example, with ``program`` in the place of fieldhouse."""
    stand_ins = [
        module("airflow"),
        module("airflow.sdk", dag=decorator, task=decorator),
        module("airflow.sdk.exceptions", AirflowFailException=AirflowFailException),
        module("prefect", flow=decorator, task=decorator, get_run_logger=logging.getLogger),
    ]
    for stand_in in stand_ins:
        monkeypatch.setitem(sys.modules, stand_in.__name__, stand_in)
    monkeypatch.setenv("FIELDHOUSE_PROGRAM", str(program))
    monkeypatch.setenv("FIELDHOUSE_FOLDER", str(program.parent))
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    assert spec
    assert spec.loader
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.fixture
def program(tmp_path: Path) -> Callable[[int], Path]:
    """Makes a program called fieldhouse that prints its arguments as JSON and ends with an exit code."""

    def make(code: int) -> Path:
        path = tmp_path / "fieldhouse"
        path.write_text(f"""#!/bin/sh\nprintf '{{"words": "%s"}}' "$*"\necho why >&2\nexit {code}\n""")
        path.chmod(0o755)
        return path

    return make


@pytest.mark.parametrize("name", ["airflow_dag", "prefect_flow"])
class TestExitCodes:
    def test_0_gives_the_report(
        self, name: str, monkeypatch: pytest.MonkeyPatch, program: Callable[[int], Path]
    ) -> None:
        loaded = example(name, monkeypatch, program(0))
        assert loaded.run("sync", "bossdesk", "--json") == {"words": "sync bossdesk --json"}

    def test_3_is_a_failure_that_is_tried_again(
        self, name: str, monkeypatch: pytest.MonkeyPatch, program: Callable[[int], Path]
    ) -> None:
        loaded = example(name, monkeypatch, program(3))
        with pytest.raises(loaded.OutOfReach):
            loaded.run("sync")

    @pytest.mark.parametrize("code", [1, 2, 4])
    def test_other_codes_are_final(
        self, name: str, code: int, monkeypatch: pytest.MonkeyPatch, program: Callable[[int], Path]
    ) -> None:
        loaded = example(name, monkeypatch, program(code))
        final = AirflowFailException if name == "airflow_dag" else loaded.ActionNeeded
        with pytest.raises(final, match=f"exit code {code}"):
            loaded.run("sync")


def test_prefect_retries_what_is_out_of_reach_only(
    monkeypatch: pytest.MonkeyPatch, program: Callable[[int], Path]
) -> None:
    loaded = example("prefect_flow", monkeypatch, program(0))
    for error, again in ((loaded.OutOfReach(), True), (loaded.ActionNeeded(), False), (OSError(), False)):
        state = types.SimpleNamespace(result=lambda raise_on_failure, error=error: error)
        assert loaded.is_out_of_reach(None, None, state) is again


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_commands_of_an_example_exist(path: Path) -> None:
    """The words of ``run("sync", …)`` and ``pod("sync", "sync", …)``; names stand for accounts."""
    names = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("run", "pod"):
            words = [
                argument.value if isinstance(argument, ast.Constant) else "bossdesk" for argument in node.args
            ]
            names.append(parse([str(word) for word in (words[1:] if node.func.id == "pod" else words)]))
    assert {"sync", "build"} <= set(names)


class TestKestra:
    @pytest.mark.parametrize("task", SCRIPTS, ids=lambda task: task["id"])
    @pytest.mark.parametrize("code", [0, 1, 2, 3, 4])
    def test_only_3_fails_the_script(
        self, task: dict[str, Any], code: int, program: Callable[[int], Path]
    ) -> None:
        done = subprocess.run(
            ["sh", "-e", "-c", "\n".join(task["commands"])],
            env={"PATH": f"{program(code).parent}:/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == (3 if code == 3 else 0)
        outputs = re.findall(r"::(\{.*\})::", done.stdout)
        assert [json.loads(output) for output in outputs] == (
            [] if code == 3 else [{"outputs": {"code": code}}]
        )

    def test_commands_and_settings_exist(self, tmp_path: Path) -> None:
        names = {
            parse(line.split("fieldhouse ")[1].split(" &&")[0].split())
            for task in SCRIPTS
            for line in task["commands"]
            if line.startswith("fieldhouse ")
        }
        assert names == {"sync", "build"}
        given = {name: value for task in SCRIPTS for name, value in task["env"].items()}
        secret = {"WAREHOUSE__URL": "postgresql://reader:word@host/analytics"}
        settings = load({"HOME": str(tmp_path), **given, **secret}, tmp_path)
        assert [account.name for account in settings.accounts] == ["bossdesk"]

    def test_a_code_that_is_not_0_fails_the_run_in_the_end(self) -> None:
        last = KESTRA["tasks"][-1]
        assert last["type"] == "io.kestra.plugin.core.execution.Fail"
        for task in SCRIPTS:
            assert f"outputs.{task['id']}.vars.code != 0" in last["runIf"]
        assert [task["id"] for task in KESTRA["tasks"]].count(last["id"]) == 1
