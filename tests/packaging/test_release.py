"""The release: tag, version, changelog and addresses agree before anything is built, and the workflow is minimal."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import types
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent
RELEASE = ROOT / "deploy" / "release"
TEXT = (ROOT / ".github" / "workflows" / "release.yml").read_text("utf-8")
WORKFLOW: dict[str, Any] = yaml.safe_load(TEXT)


@pytest.fixture(scope="module")
def check() -> types.ModuleType:
    spec = importlib.util.spec_from_file_location("release_check", RELEASE / "check.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout that is ready to be released as v1.2.3 from acme/fieldhouse."""
    (tmp_path / "src" / "fieldhouse").mkdir(parents=True)
    (tmp_path / "src" / "fieldhouse" / "__init__.py").write_text('"""x."""\n\n__version__ = "1.2.3"\n')
    (tmp_path / "CHANGELOG.md").write_text(
        "# Changelog\n\n## 1.2.3 (2026-11-28)\n- x\n\n## 1.2.2 (2026-10-01)\n"
    )
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nurls.Repository = "https://git.example.com/acme/fieldhouse"\n'
    )
    return tmp_path


class TestCheck:
    def test_a_release_that_agrees_has_no_problem(self, check: types.ModuleType, checkout: Path) -> None:
        assert check.problems("v1.2.3", "acme/fieldhouse", checkout) == []

    @pytest.mark.parametrize(
        ("tag", "repository", "part"),
        [
            ("v1.2.4", "acme/fieldhouse", "expected the tag v1.2.3"),
            ("1.2.3", "acme/fieldhouse", "expected the tag v1.2.3"),
            ("v1.2.3", "other/fieldhouse", "expected the address of other/fieldhouse"),
        ],
    )
    def test_another_tag_or_repository_is_named(
        self, check: types.ModuleType, checkout: Path, tag: str, repository: str, part: str
    ) -> None:
        (problem,) = check.problems(tag, repository, checkout)
        assert part in problem

    def test_a_changelog_without_a_date_is_named(self, check: types.ModuleType, checkout: Path) -> None:
        changelog = checkout / "CHANGELOG.md"
        changelog.write_text(changelog.read_text().replace("(2026-11-28)", "(unreleased)"))
        (problem,) = check.problems("v1.2.3", "acme/fieldhouse", checkout)
        assert "expected '1.2.3 (date)'" in problem

    def test_it_reads_the_files_of_this_checkout(self, check: types.ModuleType) -> None:
        assert all("tag v0.0.0" not in text for text in check.problems("v0.0.0", "x/y")[1:])
        assert check.problems("v0.0.0", "x/y")[0].startswith("tag v0.0.0: the version is ")


class TestWorkflow:
    def test_only_tags_of_versions_start_it(self) -> None:
        assert WORKFLOW[True] == {"push": {"tags": ["v*"]}}  # YAML reads the key `on` as true

    def test_no_job_has_more_rights_than_it_needs(self) -> None:
        assert WORKFLOW["permissions"] == {}
        rights = {name: job["permissions"] for name, job in WORKFLOW["jobs"].items()}
        writers = {
            name: {right for right, value in given.items() if value == "write"}
            for name, given in rights.items()
        }
        assert writers == {
            "build": {"id-token", "attestations"},
            "pypi": {"id-token"},
            "image": {"packages", "id-token", "attestations"},
            "notes": {"contents"},
        }

    def test_no_secret_is_stored_for_it(self) -> None:
        assert "secrets." not in TEXT

    def test_nothing_is_published_before_the_tests_have_passed(self) -> None:
        jobs = WORKFLOW["jobs"]
        steps = [step.get("run") for step in jobs["build"]["steps"]]
        assert steps.index(".ci/run") < steps.index("deploy/release/package.sh")
        assert {jobs["pypi"]["needs"], jobs["image"]["needs"]} == {"build"}
        assert set(jobs["notes"]["needs"]) == {"pypi", "image"}

    def test_actions_are_pinned_by_commit_except_the_one_that_asks_for_its_branch(self) -> None:
        used = re.findall(r"uses: ([\w/-]+)@(\S+)", TEXT)
        loose = {name for name, version in used if not re.fullmatch(r"[0-9a-f]{40}", version)}
        assert loose == {"pypa/gh-action-pypi-publish"}


def test_scripts_are_valid_and_executable() -> None:
    scripts = sorted(RELEASE.glob("*.sh"))
    assert [script.name for script in scripts] == ["package.sh", "publish.sh"]
    for script in scripts:
        assert script.stat().st_mode & 0o111
        subprocess.run(["bash", "-n", str(script)], check=True)


def test_tools_of_a_release_are_locked_with_hashes() -> None:
    lock = (RELEASE / "requirements.txt").read_text("utf-8")
    wanted = re.findall(r"^([\w-]+)", (RELEASE / "requirements.in").read_text("utf-8"), re.M)
    assert all(f"\n{name}==" in lock for name in wanted)
    entries = re.split(r"\n(?=\S)", lock.strip())
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in lock


def test_notes_of_a_release_are_the_newest_section_of_the_changelog(tmp_path: Path) -> None:
    (tmp_path / "gh").write_text('#!/bin/sh\nwhile [ "$1" != --notes ]; do shift; done\nprintf "%s" "$2"\n')
    (tmp_path / "gh").chmod(0o755)
    done = subprocess.run(
        [str(RELEASE / "publish.sh")],
        env={
            "PATH": f"{tmp_path}:/usr/bin:/bin",
            "GITHUB_REF_NAME": "v0.0.0",
            "GITHUB_REPOSITORY": "acme/fieldhouse",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    sections = (ROOT / "CHANGELOG.md").read_text("utf-8").split("\n## ")
    assert done.stdout == sections[1].partition("\n")[2].strip("\n")
