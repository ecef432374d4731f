"""The commands ``plan``, ``verify`` and ``build`` as they are typed; what they find out is tested beside them."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import duckdb
import pytest

from fieldhouse.pipelines.build_marts import BuildReport, Problem
from fieldhouse.pipelines.commands.build import print_build
from fieldhouse.pipelines.config.extras import install_command
from fieldhouse.sources.sandbox.notific.api import NotificSandbox
from tests.support.cli_runner import CommandRunner, command_runner

SECRET = "canary-key-that-nobody-may-see"


@pytest.fixture
def notific() -> NotificSandbox:
    return NotificSandbox(size=0.1, edge_cases=True)


@pytest.fixture
def at(tmp_path: Path, notific: NotificSandbox) -> Iterator[CommandRunner]:
    with command_runner(tmp_path, notific) as actual:
        yield actual


def test_a_plan_says_what_the_next_sync_sends(at: CommandRunner, notific: NotificSandbox) -> None:
    plan = at.run("plan", "--json").json["vendors"]["notific"]
    output = at.run("plan")
    notific.reset_counts()
    assert at.run("sync").code == 0
    assert plan["requests"] == notific.requests() == 4
    assert plan["tables"]["tickets"]["rows"] == len(notific.truth()["tickets"])
    assert output.code == 0
    assert "notific: the next sync sends about 4 requests" in output.out


def test_a_plan_with_a_wrong_key_exits_2(at: CommandRunner) -> None:
    output = at.run("plan", SOURCES__NOTIFIC__API_KEY=SECRET)
    assert output.code == 2
    assert "does not accept api_key" in output.out
    assert SECRET not in output.all


def alter(at: CommandRunner, text: str) -> int:
    """Alter one ticket in the warehouse; its id."""
    with duckdb.connect(str(at.folder / "warehouse.duckdb")) as warehouse:
        ((ticket,),) = warehouse.execute("SELECT min(id) FROM notific.tickets").fetchall()
        warehouse.execute("UPDATE notific.tickets SET description = ? WHERE id = ?", [text, ticket])
    return int(ticket)


def test_verify_counts_a_later_change_apart(at: CommandRunner, notific: NotificSandbox) -> None:
    assert at.run("sync").code == 0
    notific.change("tickets")
    result = at.run("verify", "--json")
    assert result.code == 0
    tickets = result.json["vendors"]["notific"]["tables"]["tickets"]
    assert (tickets["stale"], tickets["changed_since_sync"]) == (0, {"missing": 0, "extra": 0, "stale": 1})
    assert "1 row changed since the last sync" in at.run("verify").out


def test_verify_tells_a_difference_and_mends_it(at: CommandRunner, notific: NotificSandbox) -> None:
    assert at.run("sync").code == 0
    assert at.run("verify").code == 0
    altered = alter(at, "a difference")
    output = at.run("verify", "--tables", "tickets")
    actual = at.run("verify", "--tables", "tickets", "--json")
    assert output.code == actual.code == 4
    assert "notific: 1 difference in 1 table;" in output.out
    assert "  -> Fix them with --repair." in output.out
    tickets = actual.json["vendors"]["notific"]["tables"]["tickets"]
    assert (tickets["missing"], tickets["extra"], tickets["stale"]) == (0, 0, 1)
    assert tickets["examples"]["stale"] == [[altered]]
    mended = at.run("verify", "--repair")
    assert mended.code == 0
    assert "tickets, customers, services, operators" not in mended.out
    assert at.run("verify").code == 0


def test_what_was_mended_is_published_and_what_was_only_compared_is_not(
    at: CommandRunner, notific: NotificSandbox, tmp_path: Path
) -> None:
    copy = tmp_path / "published.duckdb"
    publish = {"WAREHOUSE__PUBLISH": str(copy)}
    assert at.run("sync", **publish).code == 0
    before = copy.stat().st_ino
    altered = alter(at, "to be repaired")
    assert at.run("verify", **publish).code == 4
    assert copy.stat().st_ino == before
    assert at.run("verify", "--repair", **publish).code == 0
    assert copy.stat().st_ino != before
    with duckdb.connect(str(copy), read_only=True) as readers:
        mended = readers.execute("SELECT description FROM notific.tickets WHERE id = ?", [altered]).fetchall()
    assert mended == [(notific.rows["tickets"][altered]["Description"],)]


def test_a_wrong_place_for_the_copy_stops_a_repair_before_its_first_request(
    at: CommandRunner, notific: NotificSandbox, tmp_path: Path
) -> None:
    assert at.run("sync").code == 0
    notific.log.clear()
    output = at.run("verify", "--repair", WAREHOUSE__PUBLISH=str(tmp_path / "nowhere" / "copy.duckdb"))
    assert output.code == 2
    assert "warehouse.publish" in output.err
    assert not notific.log


def test_verify_with_a_wrong_key_exits_2(at: CommandRunner) -> None:
    assert at.run("sync").code == 0
    output = at.run("verify", SOURCES__NOTIFIC__API_KEY=SECRET)
    assert output.code == 2
    assert "does not accept api_key" in output.out
    assert SECRET not in output.all


def test_a_wrong_place_for_the_copy_stops_a_build_before_it_begins(at: CommandRunner, tmp_path: Path) -> None:
    assert at.run("sync").code == 0
    output = at.run("build", WAREHOUSE__PUBLISH=str(tmp_path / "nowhere" / "copy.duckdb"))
    assert (output.code, output.out) == (2, "")
    assert "warehouse.publish" in output.err


@pytest.mark.skipif(find_spec("dbt") is not None, reason="dbt is installed")
def test_build_without_dbt_says_what_to_install(tmp_path: Path) -> None:
    with command_runner(tmp_path, NotificSandbox(size=0.02, edge_cases=True)) as at:
        assert at.run("sync").code == 0
        output = at.run("build")
    assert output.code == 2
    assert f"Install the extra: {install_command('marts')}" in output.err


def test_a_build_tells_rows_and_problems(capsys: pytest.CaptureFixture[str]) -> None:
    problem = Problem("test", "unique_people_id", "Got 3 results")
    print_build(BuildReport(models=20, tests=90, seconds=4.2, problems=(problem,), rows={"people": 1234}))
    out = capsys.readouterr().out
    assert "marts: 20 models and 90 tests in 4.2 s: 1 problem" in out
    assert "people  1,234" in out
    assert "error: test unique_people_id: Got 3 results" in out
