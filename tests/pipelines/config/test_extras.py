"""The command that adds an extra fits the way in which fieldhouse was installed."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Mapping
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from fieldhouse.pipelines.config.extras import EXTRAS, Installation, install_command, is_installed

INDEX: Mapping[str, Any] = {}
WHEEL = {"url": "file:///srv/fieldhouse-0.2.0-py3-none-any.whl", "archive_info": {}}
FOLDER = {"url": "file:///srv/fieldhouse", "dir_info": {}}
CHECKOUT = {"url": "file:///srv/fieldhouse", "dir_info": {"editable": True}}
REPOSITORY = {
    "url": "https://user:token@git.example.com/fieldhouse.git",
    "vcs_info": {"vcs": "git", "commit_id": "0123abc", "requested_revision": "v0.2.0"},
}


def installation(
    folder: Path, origin: Mapping[str, Any], marker: str = "", *, active: bool = True, pip: bool = True
) -> Installation:
    if marker:
        (folder / marker).touch()
    return Installation(folder, "/opt/env/bin/python", active, pip, origin)


def missing(module: str) -> object | None:
    """The dashboard's packages are installed, those of every other extra are not."""
    return module if module in EXTRAS["dashboard"] else None


@pytest.mark.parametrize(
    ("origin", "requirement"),
    [
        (INDEX, "'fieldhouse[marts]'"),
        (WHEEL, "'fieldhouse[marts] @ file:///srv/fieldhouse-0.2.0-py3-none-any.whl'"),
        (FOLDER, "'/srv/fieldhouse[marts]'"),
        (CHECKOUT, "-e '/srv/fieldhouse[marts]'"),
        (REPOSITORY, "'fieldhouse[marts] @ git+https://git.example.com/fieldhouse.git@v0.2.0'"),
    ],
    ids=["index", "wheel", "folder", "checkout", "repository"],
)
def test_pip_gets_the_place_that_fieldhouse_came_from(
    tmp_path: Path, origin: Mapping[str, Any], requirement: str
) -> None:
    command = install_command("marts", installation=installation(tmp_path, origin), find=missing)
    assert command == f"pip install {requirement}"


@pytest.mark.parametrize(
    ("marker", "command"),
    [
        ("uv-receipt.toml", "uv tool install 'fieldhouse[dashboard,marts]'"),
        ("pipx_metadata.json", "pipx install --force 'fieldhouse[dashboard,marts]'"),
    ],
)
def test_tool_environments_keep_the_extras_in_use(tmp_path: Path, marker: str, command: str) -> None:
    """Both replace the requirement: a command for one extra would remove the other."""
    assert (
        install_command("marts", installation=installation(tmp_path, INDEX, marker), find=missing) == command
    )


def test_environment_that_is_not_activated_is_named(tmp_path: Path) -> None:
    here = installation(tmp_path, INDEX, active=False)
    assert install_command("marts", installation=here) == (
        "/opt/env/bin/python -m pip install 'fieldhouse[marts]'"
    )


def test_environment_without_pip_gets_uv(tmp_path: Path) -> None:
    here = installation(tmp_path, INDEX, active=False, pip=False)
    assert install_command("marts", installation=here) == (
        "uv pip install --python /opt/env/bin/python 'fieldhouse[marts]'"
    )


def test_command_is_one_that_a_shell_reads_as_words(tmp_path: Path) -> None:
    command = install_command("dashboard", installation=installation(tmp_path, REPOSITORY), find=missing)
    done = subprocess.run(
        ["sh", "-c", f"printf '%s\\n' {command}"], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[:2] == ["pip", "install"]
    assert len(done.stdout.splitlines()) == 3


def test_each_extra_of_the_project_is_known_with_modules_that_it_brings() -> None:
    text = (Path(__file__).parents[3] / "pyproject.toml").read_text("utf-8")
    declared = tomllib.loads(text)["project"]["optional-dependencies"]
    assert set(EXTRAS) == set(declared) - {"dev"}
    homes = packages_distributions()
    for extra, modules in EXTRAS.items():
        named = {re.split(r"[^\w-]", line)[0] for line in declared[extra]}
        for module in modules:
            top = module.split(".")[0]
            brought = {name.lower().replace("_", "-") for name in homes.get(top, [])}
            assert not brought or brought & named, f"{module} is of {brought}, which {extra} does not name"


def test_module_of_a_package_that_is_missing_is_no_error() -> None:
    assert not is_installed("marts", lambda name: None)
    assert is_installed("dagster", lambda name: object())
    assert is_installed("dashboard") == (find_spec("starlette") is not None)


def test_this_checkout_names_itself() -> None:
    assert install_command("marts").partition(" install ")[2].endswith("[marts]'")
