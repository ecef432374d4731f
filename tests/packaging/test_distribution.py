"""The distribution: what the wheel and the sdist contain, and that the wheel works in other people's folders."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from fieldhouse.sources.engine.http import connection

ROOT = Path(__file__).parent.parent.parent
FOLDERS = ("sources", "pipelines", "warehouse")


@dataclass(frozen=True)
class Built:
    """The archives of the distribution, and a folder into which the wheel was installed."""

    wheel: Path
    sdist: Path
    site: Path


def _run(command: list[str], folder: Path, variables: Mapping[str, str] | None = None) -> str:
    process = subprocess.run(
        command, cwd=folder, env=variables and dict(variables), capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stderr
    return process.stdout


@pytest.fixture(scope="module")
def distribution(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The sdist of this checkout, and the wheel that is built from the sdist, as an installer does."""
    folder = tmp_path_factory.mktemp("distribution")
    build = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    _run([*build, "-t", "sdist"], ROOT)
    (sdist,) = folder.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    _run([*build, "-t", "wheel"], next((folder / "unpacked").iterdir()))
    (wheel,) = folder.glob("*.whl")
    site = folder / "site-packages"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile"]
    _run([*install, "--target", str(site), str(wheel)], folder)
    return Built(wheel, sdist, site)


def _variables(distribution: Built, home: Path) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if "__" not in name}
    return {**inherited, "PYTHONPATH": str(distribution.site), "HOME": str(home)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working directory of a user with packages called sources, pipelines and warehouse."""
    for name in FOLDERS:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(f"raise ImportError('the {name} of the user')\n")
    return tmp_path


def test_site_packages_has_one_package_with_its_types(distribution: Built) -> None:
    packages = {path.name for path in distribution.site.iterdir() if (path / "__init__.py").exists()}
    assert packages == {"fieldhouse"}
    assert (distribution.site / "fieldhouse" / "py.typed").is_file()
    installed = {path.name for path in (distribution.site / "fieldhouse").iterdir() if path.is_dir()}
    assert set(FOLDERS) <= installed


def test_every_module_is_in_the_wheel_and_no_file_is_in_an_archive_twice(distribution: Built) -> None:
    with zipfile.ZipFile(distribution.wheel) as archive:
        in_wheel = [name for name in archive.namelist() if name.startswith("fieldhouse/")]
    with tarfile.open(distribution.sdist) as tar:
        in_sdist = [name.split("/", 1)[1] for name in tar.getnames() if "/" in name]
    modules = {
        f"fieldhouse/{path.relative_to(ROOT)}" for name in FOLDERS for path in (ROOT / name).rglob("*.py")
    }
    assert modules <= set(in_wheel)
    assert {f"src/{name}" for name in modules} <= set(in_sdist)
    assert [name for name, count in Counter(in_sdist).items() if count > 1] == []
    assert {name.split("/")[0] for name in in_sdist} == {
        *("src", "CHANGELOG.md", "LICENSE", "PKG-INFO", "README.md", "pyproject.toml", ".gitignore")
    }


def test_installed_commands_run(distribution: Built, folder: Path) -> None:
    variables = _variables(distribution, folder)
    as_module = [sys.executable, "-m", "fieldhouse.pipelines.cli", "tables", "notific"]
    as_command = [sys.executable, str(distribution.site / "bin" / "fieldhouse"), "tables", "notific"]
    outputs = [_run(command, folder, variables) for command in (as_module, as_command)]
    assert all("notific" in output and "tickets" in output for output in outputs)
    place = "import fieldhouse.sources, fieldhouse.warehouse.connect; print(fieldhouse.sources.__file__)"
    assert _run([sys.executable, "-c", place], folder, variables).startswith(str(distribution.site))


def test_version_is_the_same_in_metadata_user_agent_changelog_and_command(
    distribution: Built, tmp_path: Path
) -> None:
    (metadata,) = distribution.site.glob("fieldhouse-*.dist-info/METADATA")
    actual = re.search(r"^Version: (.*)$", metadata.read_text("utf-8"), re.MULTILINE)
    assert actual
    version = actual[1]
    assert connection.HEADERS["User-Agent"] == f"fieldhouse/{version}"
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert newest
    assert newest[1] == version
    command = [sys.executable, str(distribution.site / "bin" / "fieldhouse"), "--version"]
    assert version in _run(command, tmp_path, _variables(distribution, tmp_path))
