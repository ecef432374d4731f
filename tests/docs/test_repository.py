"""The repository's own files: the script, the workflow, the decisions and the links between documents."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.system.architecture import ALLOWED, VENDOR

ROOT = Path(__file__).parent.parent.parent
SCRIPT = (ROOT / "run").read_text("utf-8")
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]


def _words_of_the_script() -> set[str]:
    cases = SCRIPT.split('case "${1:-help}" in')[1]
    return set(re.findall(r"^  ([a-z-]+)\)", cases, re.MULTILINE))


def test_help_of_the_script_lists_its_own_words() -> None:
    usage = SCRIPT.split("<<'TEXT'\n")[1].split("\nTEXT")[0]
    listed = set(re.findall(r"^  ([a-z-]+) ", usage, re.MULTILINE))
    assert listed == _words_of_the_script()
    assert "tests" in listed


def test_script_is_valid_bash() -> None:
    for name in ("run", ".ci/run"):
        assert (ROOT / name).stat().st_mode & 0o111
        subprocess.run(["bash", "-n", str(ROOT / name)], check=True)


def _steps(path: Path) -> list[str]:
    document: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return [step["run"] for job in document["jobs"].values() for step in job["steps"] if "run" in step]


@pytest.mark.parametrize(
    "path", sorted((ROOT / ".github/workflows").glob("*.yml")), ids=lambda path: path.name
)
def test_workflow_runs_scripts_and_words_that_exist(path: Path) -> None:
    steps = _steps(path)
    for step in steps:
        script, *words = step.split()
        assert (ROOT / script).is_file()
        assert set(words[:1]) <= _words_of_the_script()
    assert ".ci/run" in steps


def test_script_of_the_workflow_calls_words_that_exist() -> None:
    called = set(re.findall(r"\./run ([a-z-]+)", (ROOT / ".ci/run").read_text("utf-8")))
    assert {"tests", "lint"} <= called <= _words_of_the_script()


def test_hooks_run_tools_of_the_lock() -> None:
    document = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    entries = [hook["entry"].split()[0] for repository in document["repos"] for hook in repository["hooks"]]
    tools = {Path(entry).name for entry in entries} - {"python"}
    assert all(entry.startswith(".venv/bin/") for entry in entries)
    assert {tool for tool in tools if f"\n{tool}==" not in lock} == set()


def test_lock_has_hashes_for_each_entry_and_no_addresses() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    entries = re.split(r"\n(?=[^ \n#])", lock)
    assert [
        entry.split("\n")[0] for entry in entries if "==" in entry and "--hash=sha256:" not in entry
    ] == []
    assert "://" not in lock


def test_each_decision_has_one_number_and_a_line_in_the_index() -> None:
    folder = ROOT / "docs" / "decisions"
    decisions = sorted(path.name for path in folder.glob("[0-9]*.md"))
    assert [name[:3] for name in decisions] == [f"{number:03}" for number in range(1, len(decisions) + 1)]
    index = (folder / "index.md").read_text("utf-8")
    for name in decisions:
        heading = (folder / name).read_text("utf-8").split("\n")[0]
        assert heading.startswith("# ")
        assert f"[{heading[2:]}]({name})" in index


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_relative_links_lead_to_files(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)[^)]*\)", path.read_text("utf-8"))
    generated = ("reference/",)  # made while the site is built
    missing = [
        link
        for link in links
        if not (path.parent / link).exists() and not any(part in link for part in generated)
    ]
    assert missing == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_paths_in_code_marks_exist(path: Path) -> None:
    folders = "sources|pipelines|warehouse|tests|docs|src"
    paths = re.findall(rf"`((?:{folders})/[\w./-]*)`", path.read_text("utf-8"))
    assert [name for name in paths if not re.search("<|acme", name) and not (ROOT / name).exists()] == []


def _diagram() -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Names of the diagram's nodes -> packages, and its arrows."""
    text = (ROOT / "docs" / "architecture.mmd").read_text("utf-8")
    packages: dict[str, str] = {}
    folder = ""
    for line in text.splitlines():
        if section := re.match(r"\s*subgraph (\w+)", line):
            folder = section[1]
        for name, label in re.findall(r'(\w+)\["([\w/]+)', line.split("subgraph")[-1]):
            if name != folder:
                packages[name] = f"{folder}/{label}"
    arrows = re.findall(r'^\s*(\w+)(?:\["[^"]*"\])? --> (\w+)', text, re.MULTILINE)
    return packages, arrows


def test_arrows_of_the_diagram_are_permitted_imports() -> None:
    packages, arrows = _diagram()
    assert len(arrows) > 25
    refused = []
    for importer, imported in arrows:
        source, target = packages[importer], packages[imported]
        permitted = VENDOR if source == "sources/vendor" else ALLOWED[source]
        if target not in permitted:
            refused.append(f"{source} -> {target}")
    assert refused == []


def test_each_package_of_the_architecture_test_is_in_the_diagram() -> None:
    packages, _ = _diagram()
    folders = {name for name in ALLOWED if (ROOT / name).is_dir() and name.count("/") >= 1}
    assert folders - {"sources/engine"} <= set(packages.values())
    drawn = (ROOT / "docs" / "architecture.svg").read_text("utf-8")
    assert [name for name in packages.values() if name.split("/")[-1] not in drawn] == []
