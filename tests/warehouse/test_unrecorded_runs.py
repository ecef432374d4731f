"""Runs that a warehouse could not store are kept on this machine, in space that was reserved before."""

from __future__ import annotations

import resource
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fieldhouse.warehouse import unrecorded_runs

T0, T1 = datetime(2026, 11, 2, 8, tzinfo=UTC), datetime(2026, 11, 2, 9, tzinfo=UTC)
PARTS: dict[str, Any] = {"error": "e", "cause": "c", "next_step": "s", "outcome": "failed", "exit_code": 3}


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FIELDHOUSE_PACE_DIR", str(tmp_path))
    return tmp_path


def note(tables: dict[str, dict[str, Any]], schema: str = "bossdesk") -> None:
    unrecorded_runs.note("duckdb:///a.duckdb", schema, "run", T0, T1, tables)


def test_note_is_read_until_it_is_forgotten_and_belongs_to_one_account() -> None:
    note({"tickets": PARTS, "users": {**PARTS, "cause": "other"}})
    run = unrecorded_runs.last("duckdb:///a.duckdb", "bossdesk")
    assert (run["run_id"], run["started_at"], run["finished_at"]) == ("run", T0, T1)
    assert run["tables"] == {"tickets": PARTS, "users": {**PARTS, "cause": "other"}}
    assert unrecorded_runs.last("duckdb:///a.duckdb", "notific") == {}
    assert unrecorded_runs.last("duckdb:///b.duckdb", "bossdesk") == {}
    unrecorded_runs.forget("duckdb:///a.duckdb", "bossdesk")
    assert unrecorded_runs.last("duckdb:///a.duckdb", "bossdesk") == {}


def test_note_fits_into_the_reserved_space(state: Path) -> None:
    unrecorded_runs.reserve("duckdb:///a.duckdb", "bossdesk")
    (path,) = unrecorded_runs.folder().iterdir()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (unrecorded_runs.RESERVED, limits[1]))
    try:
        note({f"table_{number}": {**PARTS, "cause": f"{number}" * 200} for number in range(40)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.stat().st_size == unrecorded_runs.RESERVED
    assert path.stat().st_mode & 0o077 == 0
    assert unrecorded_runs.last("duckdb:///a.duckdb", "bossdesk")["tables"]


def test_damaged_note_counts_as_none(state: Path) -> None:
    note({"tickets": PARTS})
    (path,) = unrecorded_runs.folder().iterdir()
    path.write_text("{ no JSON")
    assert unrecorded_runs.last("duckdb:///a.duckdb", "bossdesk") == {}
