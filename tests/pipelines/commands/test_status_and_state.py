"""The commands ``status`` and ``state``: what the warehouse tells of the syncs, and what the next one starts from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fieldhouse.pipelines.inspect.health import Health
from fieldhouse.pipelines.output.console import fitting
from fieldhouse.pipelines.sync.accounts_in_warehouse import account_of
from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from fieldhouse.sources.sandbox.notific.api import NotificSandbox
from fieldhouse.warehouse.connect import open_warehouse
from tests.support.cli_runner import CommandRunner, command_runner


@pytest.fixture
def bossdesk() -> BossDeskSandbox:
    return BossDeskSandbox(size=0.02, edge_cases=True)


@pytest.fixture
def at(tmp_path: Path, bossdesk: BossDeskSandbox) -> Iterator[CommandRunner]:
    with command_runner(tmp_path, bossdesk) as runner:
        yield runner


CHOSEN = ("--tables", "groups,tags")


def test_status_of_no_warehouse_makes_none(tmp_path: Path) -> None:
    result = CommandRunner(tmp_path).run("status", "--max-age", "2h")
    assert result.code == 2
    assert "warehouse.duckdb does not exist" in result.err
    assert list(tmp_path.glob("*.duckdb*")) == []


def test_status_tells_rows_cursor_and_age(at: CommandRunner, bossdesk: BossDeskSandbox) -> None:
    before = datetime.now(UTC)
    assert at.run("sync", *CHOSEN).code == 0
    tables = at.run("status", "--json").json["vendors"]["bossdesk"]["tables"]
    truth = bossdesk.truth()
    assert len(tables) == 20
    groups = tables["groups"]
    assert groups["rows"] == len(truth["groups"])
    assert groups["outcome"] == "ok"
    assert groups["error"] is None
    assert groups["late"] is None
    assert groups["cursor"][:19] == max(row["updated_at"] for row in truth["groups"])[:19]
    assert before < datetime.fromisoformat(groups["last_sync"]) < datetime.now(UTC)
    assert 0 <= groups["age_seconds"] < 60
    assert tables["tickets"] == {
        "last_sync": None,
        "age_seconds": None,
        "rows": 0,
        "rows_deleted": 0,
        "cursor": None,
        "last_run": None,
        "outcome": "never synced",
        "error": None,
        "cause": None,
        "next_step": None,
        "exit_code": 0,
        "schema_changes": 0,
        "late": None,
    }


def test_status_asks_no_vendor(tmp_path: Path) -> None:
    box = NotificSandbox(size=0.1, edge_cases=True)
    with command_runner(tmp_path, box) as here:
        assert here.run("sync").code == 0
        box.reset_counts()
        result = here.run("status")
        assert box.requests() == 0
    assert result.code == 0
    row = next(line for line in result.out.splitlines() if line.startswith("operators ")).split()
    assert row[-1] == "ok"


def test_status_needs_no_vendor_settings(at: CommandRunner, tmp_path: Path) -> None:
    assert at.run("sync", *CHOSEN).code == 0
    tables = CommandRunner(tmp_path).run("status", "bossdesk", "--json").json["vendors"]["bossdesk"]["tables"]
    assert set(tables) == {"groups", "tags"}


def test_max_age_exits_3_for_what_is_older_and_for_what_was_never_synced(at: CommandRunner) -> None:
    assert at.run("sync", *CHOSEN).code == 0
    result = at.run("status", "--max-age", "2h")
    assert result.code == 3
    assert "late: bossdesk: older than 2 h: tickets, " in result.out
    assert "groups" not in result.out.splitlines()[0]
    only = {"SOURCES__BOSSDESK__TABLES": "groups,tags"}
    assert at.run("status", "--max-age", "2h", **only).code == 0
    assert at.run("status", "--max-age", "0", **only).code == 3
    assert at.run("status", "--max-age", "0", "--json", **only).json["vendors"]["bossdesk"]["tables"]["tags"][
        "late"
    ]


def test_a_failed_table_keeps_its_last_sync_and_shows_the_error(
    at: CommandRunner, bossdesk: BossDeskSandbox
) -> None:
    assert at.run("sync", *CHOSEN).code == 0
    first = at.run("status", "--json").json["vendors"]["bossdesk"]["tables"]["tags"]["last_sync"]
    bossdesk.denied["tags"] = 403
    assert at.run("sync", *CHOSEN).code == 2
    tags = at.run("status", "--json").json["vendors"]["bossdesk"]["tables"]["tags"]
    assert tags["last_sync"] == first
    assert tags["outcome"] == "denied"
    assert "HTTP 403" in tags["error"]
    assert "error: bossdesk.tags: tags is refused with HTTP 403" in at.run("status").out


def test_an_error_of_many_tables_is_told_once(at: CommandRunner, bossdesk: BossDeskSandbox) -> None:
    assert at.run("sync", *CHOSEN, SOURCES__BOSSDESK__API_KEY="wrong").code == 2
    lines = at.run("status").out.splitlines()
    (error,) = [line for line in lines if line.startswith("error: ")]
    assert re.match(r"error: bossdesk, \d+ tables \(.*\): .* \(HTTP 401\)", error)
    assert lines[lines.index(error) + 1].startswith("  -> Check api_key")


def test_schema_changes_of_the_last_run_are_counted(at: CommandRunner, bossdesk: BossDeskSandbox) -> None:
    assert at.run("sync", *CHOSEN).code == 0
    bossdesk.extra["tags"] = {"colour": "red"}
    result = at.run("sync", *CHOSEN)
    assert "new column tags.colour (text)" in result.out
    tables = at.run("status", "--json").json["vendors"]["bossdesk"]["tables"]
    assert (tables["tags"]["schema_changes"], tables["groups"]["schema_changes"]) == (1, 0)
    assert at.run("sync", *CHOSEN).code == 0
    assert at.run("status", "--json").json["vendors"]["bossdesk"]["tables"]["tags"]["schema_changes"] == 0


def test_a_narrow_terminal_shows_what_fits() -> None:
    headers, rows = ("table", "last sync", "age", "changes"), [["tickets", "2026-11-26 13:36:43Z", "3 h", ""]]
    assert fitting(headers, rows, ("last sync",), 80) == [0, 1, 2, 3]
    assert fitting(headers, rows, ("last sync",), 40) == [0, 1, 2]
    assert fitting(headers, rows, ("last sync",), 30) == [0, 2]


def test_older_than_counts_from_the_last_good_sync() -> None:
    now = datetime(2026, 11, 2, 12, tzinfo=UTC)
    health = Health("tickets", last_sync=now - timedelta(hours=3))
    assert health.older_than(timedelta(hours=2), now)
    assert not health.older_than(timedelta(hours=3), now)
    assert replace(health, last_sync=None).older_than(timedelta(days=999), now)


def test_a_schema_is_its_account() -> None:
    names = {name: account_of(name) for name in ("bossdesk", "bossdesk_emea", "servicebridge_us_east")}
    assert list(names.values()) == ["bossdesk", "bossdesk.emea", "servicebridge.us_east"]


# --- state ----------------------------------------------------------------------------------------------------


def cursor(at: CommandRunner, table: str) -> str | None:
    document = at.run("state", "show", "bossdesk", table, "--json").json
    cursor: str | None = document["vendors"]["bossdesk"]["tables"].get(table, {}).get("cursor")
    return cursor


def test_state_shows_what_the_next_sync_starts_from(at: CommandRunner) -> None:
    assert at.run("sync", *CHOSEN).code == 0
    result = at.run("state", "show", "bossdesk")
    assert [line.split()[0] for line in result.out.splitlines() if line.strip()] == [
        "bossdesk",
        "table",
        "groups",
        "tags",
    ]
    assert "works" in result.out


def test_a_cursor_that_is_set_is_where_the_next_sync_starts(
    at: CommandRunner, bossdesk: BossDeskSandbox
) -> None:
    assert at.run("sync", *CHOSEN).code == 0
    result = at.run("state", "set", "bossdesk", "groups", "2020-01-01")
    assert result.code == 0
    assert "-> 2020-01-01T00:00:00.000000Z" in result.out
    assert cursor(at, "groups") == "2020-01-01T00:00:00.000000Z"
    groups = at.run("sync", "--tables", "groups", "--json").json["vendors"]["bossdesk"]["tables"]["groups"]
    assert groups["rows_read"] == len(bossdesk.truth()["groups"])
    assert groups["rows_written"] == 0
    assert (cursor(at, "groups") or "") > "2020-01-02"


def test_a_reset_makes_the_next_sync_read_everything_and_write_nothing(
    at: CommandRunner, bossdesk: BossDeskSandbox
) -> None:
    assert at.run("sync", *CHOSEN).code == 0
    assert at.run("state", "reset", "bossdesk", "groups").code == 0
    assert cursor(at, "groups") is None
    assert at.run("state", "show", "bossdesk", "tags", "--json").json["vendors"]["bossdesk"]["tables"]["tags"]
    groups = at.run("sync", "--tables", "groups", "--json").json["vendors"]["bossdesk"]["tables"]["groups"]
    assert (groups["rows_read"], groups["rows_written"]) == (len(bossdesk.truth()["groups"]), 0)
    assert at.run("state", "reset", "bossdesk").code == 0
    assert "no state in" in at.run("state", "show").out


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("set", "bossdesk", "tags", "2026-11-01"), "bossdesk.tags has no cursor"),
        (("set", "bossdesk", "grups", "2026-11-01"), "Did you mean 'groups'?"),
        (("set", "bossdesk", "groups", "yesterday"), "'yesterday' is no time"),
        (("set", "bossdesk", "groups", "2999-01-01"), "lies in the far future"),
        (("set", "bosdesk", "groups", "2026-11-01"), "'bosdesk' is not a vendor"),
        (("reset", "bossdesk", "grups"), "bossdesk has no table 'grups'"),
        (("reset", "bossdesk.emea"), "does not exist"),
    ],
)
def test_a_state_that_cannot_be_is_refused(tmp_path: Path, arguments: tuple[str, ...], expected: str) -> None:
    answer = CommandRunner(tmp_path).run("state", *arguments)
    assert answer.code == 2
    assert expected in answer.err
    assert list(tmp_path.glob("*.duckdb")) == []


@pytest.mark.parametrize(
    "arguments", [("reset", "notific"), ("set", "bossdesk.emae", "groups", "2026-11-01")], ids=" ".join
)
def test_an_account_that_is_not_there_is_said(at: CommandRunner, arguments: tuple[str, ...]) -> None:
    assert at.run("sync", *CHOSEN).code == 0
    result = at.run("state", *arguments)
    assert result.code == 2
    assert "Accounts here: bossdesk." in result.err
    assert set(at.run("status", "--json").json["vendors"]) == {"bossdesk"}


@pytest.mark.parametrize("arguments", [("set", "bossdesk", "groups", "2020-01-01"), ("reset", "bossdesk")])
def test_a_state_is_not_touched_while_the_account_is_synced(
    at: CommandRunner, arguments: tuple[str, ...]
) -> None:
    assert at.run("sync", *CHOSEN).code == 0
    before = cursor(at, "groups")
    with open_warehouse(at.url).account_lock("bossdesk", "a sync"):
        result = at.run("state", *arguments)
    assert result.code == 3
    assert "bossdesk is being synced by a sync" in result.err
    assert cursor(at, "groups") == before
