"""A command that reads a warehouse which does not exist says so, exits 2 and creates nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldhouse.sources.sandbox.notific.api import NotificSandbox
from tests.support.cli_runner import CommandRunner, command_runner

READING = (
    ("status",),
    ("status", "--max-age", "2h"),
    ("status", "--summary"),
    ("runs",),
    ("query", "SELECT 1"),
    ("state", "show"),
    ("state", "set", "bossdesk", "tickets", "2026-01-01"),
    ("state", "reset", "bossdesk"),
    ("schema", "diff"),
    ("build",),
    ("dashboard",),
    ("maintain",),
)


@pytest.mark.parametrize("arguments", READING, ids=" ".join)
def test_a_missing_warehouse_is_named_and_not_created(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    url = f"duckdb:///{tmp_path}/nope.duckdb"
    result = CommandRunner(tmp_path).run(*arguments, "--warehouse", url)
    assert result.code == 2, result.all
    assert "nope.duckdb does not exist" in result.all
    assert list(tmp_path.iterdir()) == []


def test_verify_of_a_missing_warehouse_sends_no_request(tmp_path: Path) -> None:
    sandbox = NotificSandbox(size=0.1, edge_cases=True)
    with command_runner(tmp_path, sandbox) as at:
        result = at.run("verify", "--json")
        assert result.code == 2
        assert result.json["error"]["kind"] == "fix_settings"
        assert sandbox.requests() == 0
    assert not (tmp_path / "warehouse.duckdb").exists()


def test_plan_of_the_first_sync_creates_no_warehouse(tmp_path: Path) -> None:
    sandbox = NotificSandbox(size=0.1, edge_cases=True)
    with command_runner(tmp_path, sandbox) as at:
        assert at.run("plan").code == 0
        assert list(tmp_path.glob("*.duckdb*")) == []
        assert at.run("verify").code == 2


def test_build_of_a_warehouse_without_accounts_says_so(tmp_path: Path) -> None:
    import duckdb

    duckdb.connect(str(tmp_path / "warehouse.duckdb")).execute("CREATE TABLE mine (a INTEGER)").close()
    result = CommandRunner(tmp_path).run("build")
    assert result.code == 2
    assert "holds no account" in result.err
