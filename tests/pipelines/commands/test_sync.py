"""The command ``sync`` over real HTTP on loopback: what it says, its object, its exit codes, and how it is stopped."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from fieldhouse.pipelines.output.report import print_publish_error
from fieldhouse.pipelines.sync.publish import publish_copy
from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from fieldhouse.sources.sandbox.notific.api import NotificSandbox
from fieldhouse.sources.sandbox.sandbox import Answer, Call
from fieldhouse.warehouse.connect import open_warehouse
from tests.support.cli_runner import CommandResult, CommandRunner, command_runner

KEYS = {
    "status",
    "rows_read",
    "rows_written",
    "rows_deleted",
    "requests",
    "seconds",
    "new_columns",
    "filter_proven",
    "error",
}
SECRET = "canary-key-that-nobody-may-see"
NOTIFIC = {"customers", "operators", "services", "tickets"}


@pytest.fixture
def notific() -> NotificSandbox:
    return NotificSandbox(size=0.1, edge_cases=True)


@pytest.fixture
def at(tmp_path: Path, notific: NotificSandbox) -> Iterator[CommandRunner]:
    with command_runner(tmp_path, notific) as actual:
        yield actual


def page(call: Call, honest: Answer) -> Answer:
    return Answer(200, b"<!doctype html><title>Sign in</title>", {"Content-Type": "text/html"})


def clean(result: CommandResult) -> bool:
    return SECRET not in result.all and "Traceback" not in result.all


def test_a_sync_reports_every_table_and_the_next_one_nothing_new(
    at: CommandRunner, notific: NotificSandbox
) -> None:
    result = at.run("sync")
    assert result.code == 0
    assert result.out.startswith("notific: 4 of 4 tables complete; ")
    for table in NOTIFIC:
        assert any(line.startswith(f"{table} ") for line in result.out.splitlines())
    assert f"data: schema notific in {at.url}" in result.out
    again = at.run("sync")
    assert "unchanged (4): tickets, customers, services, operators" in again.out
    notific.change("tickets")
    third = at.run("sync")
    assert "unchanged (3): customers, services, operators" in third.out
    row = next(line for line in third.out.splitlines() if line.startswith("tickets ")).split()
    assert row[1:5] == ["full", f"{len(notific.truth()['tickets'])}", "1", "0"]


def test_json_is_one_object_with_the_keys_of_the_contract(at: CommandRunner, notific: NotificSandbox) -> None:
    result = at.run_in_process("sync", "--json", "--verbose")
    assert result.code == 0
    (vendor,) = result.json["vendors"].items()
    assert vendor[0] == "notific"
    assert set(vendor[1]["tables"]) == NOTIFIC
    truth = notific.truth()
    for name, table in vendor[1]["tables"].items():
        assert table.keys() >= KEYS
        assert table["status"] == "ok"
        assert table["error"] is None
        assert table["rows_written"] == table["rows_read"] == len(truth[name])
        assert table["requests"] == 1
    assert notific.api_key not in result.all


def test_tables_are_chosen_by_globs_and_commas(at: CommandRunner) -> None:
    document = at.run("sync", "--tables", "t*,serv*", "--tables", "operators", "--json").json
    assert set(document["vendors"]["notific"]["tables"]) == NOTIFIC - {"customers"}


def test_a_glob_need_not_match_in_every_account(tmp_path: Path, notific: NotificSandbox) -> None:
    with command_runner(tmp_path, notific, BossDeskSandbox(size=0.05, edge_cases=True)) as both:
        document = both.run("sync", "--tables", "customers,tags", "--json").json
        wrong = both.run("sync", "--tables", "tags,taggs")
    assert {name: set(vendor["tables"]) for name, vendor in document["vendors"].items()} == {
        "notific": {"customers"},
        "bossdesk": {"tags"},
    }
    assert wrong.code == 2
    assert "'taggs'" in wrong.err


def test_a_wrong_key_exits_2_for_its_account_and_the_other_is_complete(
    tmp_path: Path, notific: NotificSandbox
) -> None:
    with command_runner(tmp_path, notific, BossDeskSandbox(size=0.02, edge_cases=True)) as both:
        started = time.monotonic()
        result = both.run("sync", SOURCES__BOSSDESK__API_KEY=SECRET)
        assert time.monotonic() - started < 5
        document = both.run("sync", "--json", SOURCES__BOSSDESK__API_KEY=SECRET).json
    assert result.code == 2
    assert result.out.count("error: ") == 1
    assert "error: bossdesk, 20 tables (tickets, cis, users, …): 127.0.0.1:" in result.out
    assert "does not accept api_key (HTTP 401)" in result.out, result.out
    assert "  -> Check api_key in the settings." in result.out
    assert "notific: 4 of 4 tables complete" in result.out
    assert clean(result)
    bossdesk = document["vendors"]["bossdesk"]
    assert {table["status"] for table in bossdesk["tables"].values()} == {"failed"}
    assert bossdesk["tables"]["tags"]["error"]["kind"] == "fix_settings"
    assert bossdesk["exit_code"] == 2
    assert document["vendors"]["notific"]["exit_code"] == 0


def test_a_table_that_may_not_be_read_exits_2_and_the_others_complete(tmp_path: Path) -> None:
    box = BossDeskSandbox(size=0.02, edge_cases=True)
    box.denied["tags"] = 403
    with command_runner(tmp_path, box) as here:
        result = here.run("sync", "--tables", "t*")
        document = here.run("sync", "--tables", "t*", "--json").json
    assert result.code == 2
    assert "4 of 5 tables complete" in result.out
    assert "error: bossdesk.tags: tags is refused with HTTP 403 (no right to read it)" in result.out
    assert "  -> Give the key the right to read it" in result.out
    tables = document["vendors"]["bossdesk"]["tables"]
    assert tables.pop("tags")["status"] == "denied"
    assert {table["status"] for table in tables.values()} == {"ok"}


def test_a_host_that_answers_pages_exits_4(tmp_path: Path) -> None:
    box = BossDeskSandbox(size=0.02, edge_cases=True)
    box.faults.append(page)
    with command_runner(tmp_path, box) as here:
        started = time.monotonic()
        result = here.run("sync")
        assert time.monotonic() - started < 5
    assert result.code == 4
    assert "with a web page, not with data" in result.out
    assert "  -> Check that base_url is the address of the API" in result.out
    assert clean(result)


def test_a_host_that_is_out_of_reach_exits_3_within_ten_seconds(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        variables = {"SOURCES__NOTIFIC__BASE_URL": address, "SOURCES__NOTIFIC__API_KEY": SECRET}
        started = time.monotonic()
        result = CommandRunner(tmp_path, variables).run("sync")
        document = CommandRunner(tmp_path, variables).run("sync", "--json").json
    assert time.monotonic() - started < 10
    assert result.code == 3
    assert result.out.count("error: ") == 1
    assert "could not be reached" in result.out
    assert "  -> Check the network and the base_url" in result.out
    assert clean(result)
    tables = document["vendors"]["notific"]["tables"]
    assert set(tables) == NOTIFIC
    assert {table["error"]["kind"] for table in tables.values()} == {"try_later"}


def test_an_account_that_is_being_synced_exits_3_and_says_who_holds_it(at: CommandRunner) -> None:
    with open_warehouse(at.url).account_lock("notific", "the night's sync"):
        result = at.run("sync")
        document = at.run("sync", "--json").json
    assert result.code == 3
    assert "is being synced by the night's sync" in result.out
    vendor = document["vendors"]["notific"]
    assert set(vendor["tables"]) == NOTIFIC
    assert vendor["error"]["kind"] == "try_later"
    assert {table["status"] for table in vendor["tables"].values()} == {"failed"}
    assert at.run("sync").code == 0


def test_a_warehouse_out_of_reach_exits_3_and_shows_no_password(at: CommandRunner) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"postgresql://user:{SECRET}@127.0.0.1:{taken.getsockname()[1]}/database"
        result = at.run("sync", "--warehouse", url)
    assert result.code == 3
    assert "does not answer" in result.out
    assert "***@127.0.0.1" in result.out
    assert clean(result)


def test_debug_shows_the_traceback_of_a_failed_table_and_no_secret(at: CommandRunner) -> None:
    result = at.run("sync", "--debug", SOURCES__NOTIFIC__API_KEY=SECRET)
    assert result.code == 2
    assert "Traceback" in result.err
    assert SECRET not in result.all


def test_a_published_copy_is_made_after_the_sync(at: CommandRunner, tmp_path: Path) -> None:
    result = at.run("sync", WAREHOUSE__PUBLISH=str(tmp_path / "published.duckdb"))
    assert result.code == 0
    with duckdb.connect(str(tmp_path / "published.duckdb"), read_only=True) as copy:
        assert copy.sql("SELECT count(*) FROM notific.tickets").fetchall() != [(0,)]


@pytest.mark.parametrize("where", ["nowhere/published.duckdb", "warehouse.duckdb", "."])
def test_a_place_where_no_copy_can_be_stops_the_sync_before_its_first_request(
    at: CommandRunner, notific: NotificSandbox, tmp_path: Path, where: str
) -> None:
    result = at.run("sync", WAREHOUSE__PUBLISH=str(tmp_path / where))
    assert (result.code, result.out) == (2, "")
    assert "error: warehouse.publish: " in result.err
    assert "for example published/fieldhouse.duckdb" in result.err
    assert not notific.log


def test_a_copy_whose_folder_goes_away_meanwhile_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = publish_copy(
        open_warehouse(f"duckdb:///{tmp_path}/w.duckdb"), str(tmp_path / "gone" / "copy.duckdb")
    )
    assert failed is not None
    print_publish_error(failed)
    assert "error: not published: warehouse.publish" in capsys.readouterr().out


def test_a_warning_stands_on_standard_error(
    at: CommandRunner, notific: NotificSandbox, tmp_path: Path
) -> None:
    (tmp_path / ".dlt").mkdir()
    (tmp_path / ".dlt" / "secrets.toml").write_text(f'[sources.notific]\napi_key = "{notific.api_key}"')
    (tmp_path / ".dlt" / "secrets.toml").chmod(0o644)
    result = at.run("sync", "--json")
    assert result.code == 0
    assert "warning: " in result.err
    assert "chmod 600" in result.err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_sync_ends_soon_and_the_next_one_goes_on(
    at: CommandRunner, notific: NotificSandbox, number: signal.Signals, code: int, tmp_path: Path
) -> None:
    arrived, release = threading.Event(), threading.Event()

    def hanging(call: Call, honest: Answer) -> None:
        arrived.set()
        release.wait(30)

    (tmp_path / "scratch").mkdir()
    with notific.fault(hanging):
        process = at.process("sync", TMPDIR=str(tmp_path / "scratch"))
        assert arrived.wait(30)
        started = time.monotonic()
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
        release.set()
    assert time.monotonic() - started < 5
    assert process.returncode == code
    assert list((tmp_path / "scratch").iterdir()) == []
    assert "everything that was committed stays" in err
    assert "Traceback" not in out + err
    assert at.run("sync").code == 0
