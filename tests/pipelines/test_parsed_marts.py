"""The marts' project is parsed once, and what is kept of it serves any warehouse and never harms a build."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Any

import pytest

from fieldhouse.pipelines import build_marts, parsed_marts
from fieldhouse.pipelines.build_marts import PROJECT
from tests.support.marts.marts_warehouse import needs_dbt

pytestmark = needs_dbt
PASSWORD = "zq-password-of-a-build"
VARIABLES = {"marts_schema": "marts__next"}


class Parses:
    """Parses the project with dbt and counts how often."""

    def __init__(self, scratch: Path) -> None:
        self.scratch, self.calls = scratch, 0

    def __call__(self) -> Any:
        from dbt.cli.main import dbtRunner

        self.calls += 1
        places = build_marts._places(str(self.scratch))
        return dbtRunner().invoke(["parse", *places, "--vars", '{"marts_schema": "marts__next"}']).result

    def project(self, database: str) -> Any:
        """The manifest as the next process gets it."""
        return parsed_marts.parsed_project(PROJECT, VARIABLES, database, self)


@pytest.fixture
def parses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Parses:
    """For a Postgres of which nothing is asked; the cache is the run's own."""
    values = {"FIELDHOUSE_TARGET": "postgres", "PGHOST": "db.test", "PGDATABASE": "one"}
    for name, value in {**values, "PGPASSWORD": PASSWORD}.items():
        monkeypatch.setenv(name, value)
    return Parses(tmp_path)


def relations(manifest: Any) -> set[tuple[str, str]]:
    nodes = (*manifest.nodes.values(), *manifest.sources.values())
    return {
        (node.database, str(node.relation_name).partition(".")[0]) for node in nodes if node.relation_name
    }


def test_a_later_process_reads_what_was_parsed_for_another_database(
    parses: Parses, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert relations(parses.project("one")) == {("one", '"one"')}
    assert relations(parses.project("two")) == {("two", '"two"')}
    assert relations(parses.project("two")) == {("two", '"two"')}
    assert parses.calls == 1
    (kept,) = parsed_marts.cache_folder().iterdir()
    assert kept.stat().st_mode & 0o077 == 0
    assert PASSWORD.encode() not in kept.read_bytes()
    kept.write_bytes(b"not a manifest")
    assert relations(parses.project("two"))
    assert parses.calls == 2
    assert len(list(parsed_marts.cache_folder().iterdir())) == 1


def test_a_folder_that_cannot_be_written_keeps_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))

    class Manifest:
        def to_msgpack(self) -> bytes:
            return b"\x80"

    made = Manifest()
    assert parsed_marts.parsed_project(PROJECT, VARIABLES, "one", lambda: made) is made


def test_one_process_parses_while_others_wait(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    class Manifest:
        def to_msgpack(self) -> bytes:
            return b"\x80"

    def parse() -> Manifest:
        with parsed_marts.cache_folder().with_suffix(".lock").open() as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return Manifest()

    parsed_marts.parsed_project(PROJECT, VARIABLES, "one", parse)
    with parsed_marts.cache_folder().with_suffix(".lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_another_project_version_or_schema_is_another_manifest(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "model.sql").write_text("SELECT 1")
    keys = [parsed_marts.project_key(tmp_path, VARIABLES)]
    assert parsed_marts.project_key(tmp_path, {**VARIABLES, "now": "2026-01-01"}) == keys[0]
    keys.append(parsed_marts.project_key(tmp_path, {"marts_schema": "main"}))
    (tmp_path / "model.sql").write_text("SELECT 2")
    keys.append(parsed_marts.project_key(tmp_path, VARIABLES))
    monkeypatch.setattr(parsed_marts, "version", lambda package: "0.0")
    keys.append(parsed_marts.project_key(tmp_path, VARIABLES))
    monkeypatch.setitem(os.environ, "FIELDHOUSE_TARGET", "another")
    keys.append(parsed_marts.project_key(tmp_path, VARIABLES))
    assert len(set(keys)) == len(keys)


def test_only_a_few_manifests_stay(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for number in range(parsed_marts._KEPT + 3):
        parsed_marts._keep(parsed_marts.cache_folder() / f"{number}.msgpack", b"content")
        os.utime(parsed_marts.cache_folder() / f"{number}.msgpack", (number, number))
    assert len(list(parsed_marts.cache_folder().iterdir())) == parsed_marts._KEPT
