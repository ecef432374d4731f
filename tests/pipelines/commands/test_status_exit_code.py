"""``status`` exits with the code of the last runs, and prints each cause with its next step before the tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from fieldhouse.sources.sandbox.shiftboard.api import ShiftboardSandbox
from fieldhouse.warehouse.connect import open_warehouse
from tests.support.cli_runner import CommandRunner, command_runner
from tests.support.sync_harness import refusing

CHOSEN = {"SOURCES__BOSSDESK__TABLES": "groups,tags,teams"}


@pytest.fixture
def sandbox() -> BossDeskSandbox:
    return BossDeskSandbox(size=0.02, edge_cases=True)


@pytest.fixture
def at(tmp_path: Path, sandbox: BossDeskSandbox) -> Iterator[CommandRunner]:
    with command_runner(tmp_path, sandbox) as runner:
        assert runner.run("sync", **CHOSEN).code == 0
        yield runner


def test_a_wrong_key_is_one_cause_with_exit_2_until_the_next_good_run(at: CommandRunner) -> None:
    assert at.run("sync", **CHOSEN, SOURCES__BOSSDESK__API_KEY="wrong").code == 2
    for arguments in ((), ("--max-age", "24h"), ("bossdesk",)):
        assert at.run("status", *arguments, **CHOSEN).code == 2
    result = at.run("status", **CHOSEN)
    lines = result.out.splitlines()
    assert lines[0].startswith("error: bossdesk, 3 tables (groups, tags, teams): ")
    assert lines[1].startswith("  -> Check api_key")
    assert result.out.count("error: ") == 1
    document = at.run("status", "--json", **CHOSEN).json["vendors"]["bossdesk"]
    assert document["exit_code"] == 2
    assert "api_key" in document["tables"]["tags"]["next_step"]
    assert at.run("sync", **CHOSEN).code == 0
    assert at.run("status", "--max-age", "24h", **CHOSEN).code == 0


@pytest.mark.parametrize(("status", "code"), [(403, 2), (418, 4)])
def test_the_exit_code_is_that_of_the_failed_run(
    at: CommandRunner, sandbox: BossDeskSandbox, status: int, code: int
) -> None:
    with sandbox.fault(refusing(lambda call: "/tags" in call.path, status)):
        assert at.run("sync", **CHOSEN).code == code
    assert at.run("status", **CHOSEN).code == code


def test_the_gravest_code_of_several_tables_counts(at: CommandRunner, sandbox: BossDeskSandbox) -> None:
    with (
        sandbox.fault(refusing(lambda call: "/tags" in call.path, 418)),
        sandbox.fault(refusing(lambda call: "/teams" in call.path, 403)),
    ):
        at.run("sync", **CHOSEN)
    assert at.run("status", **CHOSEN).code == 2
    assert at.run("status", "--max-age", "0", **CHOSEN).code == 2


def test_an_account_that_could_not_sign_in_is_recorded_for_every_table(tmp_path: Path) -> None:
    with command_runner(tmp_path, ShiftboardSandbox(size=0.05, edge_cases=True)) as at:
        only = {"SOURCES__SHIFTBOARD__TABLES": "roles,clients"}
        assert at.run("sync", **only).code == 0
        assert at.run("sync", **only, SOURCES__SHIFTBOARD__SIGNATURE_KEY="0" * 32).code == 2
        assert at.run("status", **only).code == 2
        assert at.run("sync", **only).code == 0
        assert at.run("status", **only).code == 0


def test_the_summary_has_one_line_per_account(at: CommandRunner, sandbox: BossDeskSandbox) -> None:
    lines = at.run("status", "--summary", **CHOSEN).out.splitlines()
    assert [line.split()[0] for line in lines] == ["account", "bossdesk"]
    assert " ok " in lines[1]
    sandbox.denied["tags"] = 403
    at.run("sync", **CHOSEN)
    result = at.run("status", "--summary", **CHOSEN)
    assert result.code == 2
    assert "1 table failed" in result.out


def test_a_last_sync_in_the_future_counts_as_late(at: CommandRunner) -> None:
    with open_warehouse(at.url).session() as session:
        session.db.execute("UPDATE bossdesk._syncs SET started_at = started_at + INTERVAL 1 YEAR")
    result = at.run("status", "--max-age", "2h", **CHOSEN)
    assert result.code == 3
    assert "a clock was ahead" in result.out
    tables = at.run("status", "--max-age", "2h", "--json", **CHOSEN).json["vendors"]["bossdesk"]["tables"]
    assert {table["late"] for table in tables.values()} == {True}


def test_runs_lists_the_last_runs_with_their_errors(at: CommandRunner, sandbox: BossDeskSandbox) -> None:
    sandbox.denied["tags"] = 403
    assert at.run("sync", **CHOSEN).code == 2
    failed, good = at.run("runs", "--json").json["runs"]
    assert (good["account"], good["tables"], good["errors"]) == ("bossdesk", 3, [])
    assert (
        good["rows_read"]
        == good["rows_written"]
        == sum(len(sandbox.truth()[t]) for t in ("groups", "tags", "teams"))
    )
    assert [error["table"] for error in failed["errors"]] == ["tags"]
    assert failed["errors"][0]["next_step"]
    assert len(at.run("runs", "--limit", "1", "--json").json["runs"]) == 1
    text = at.run("runs").out
    assert text.splitlines()[0].split()[:3] == ["started", "account", "run"]
    assert "error: bossdesk.tags: " in text
