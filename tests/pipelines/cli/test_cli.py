"""The command line before any request: help, the inventory, settings that are wrong, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from fieldhouse.pipelines.commands.tables import children
from fieldhouse.pipelines.errors import DEFECT, REACH, SETTINGS, SHAPE, exit_code
from fieldhouse.pipelines.output.exit import INTERRUPTED, TERMINATED, Terminated, run_command
from fieldhouse.sources import VENDORS
from fieldhouse.sources.engine.errors import (
    DeleteGuard,
    Denied,
    FixSettings,
    SourceError,
    TryLater,
    VendorChanged,
)
from fieldhouse.sources.engine.redact import remember
from fieldhouse.sources.sandbox.notific.api import NotificSandbox
from fieldhouse.warehouse.errors import (
    AccountBusy,
    SchemaConflict,
    SchemaFrozen,
    StatementFailed,
    WarehouseBusy,
    WarehouseSettingsError,
    WarehouseUnreachable,
)
from tests.support.cli_runner import CommandRunner, command_runner

HEAVY = {"dlt", "pyarrow", "duckdb", "httpx", "psycopg2", "dbt", "uvicorn"}
COMMANDS = ("demo", "sync", "plan", "check", "verify", "status", "state", "build", "tables", "sandbox")
SECRET = "canary-key-that-nobody-may-see"
_PROBE = """
import atexit, sys
from fieldhouse.pipelines.cli import main
packages = lambda: {name.partition(".")[0] for name in sys.modules}
vendors = lambda: {name.split(".")[2] for name in sys.modules if name.startswith("fieldhouse.sources.")}
said = lambda: print("MODULES", *sorted(packages() | vendors()), file=sys.stderr)
atexit.register(said)
main()
"""


def imported(folder: Path, *arguments: str, **more: str) -> tuple[int, set[str]]:
    """The exit code of a command, and the packages and vendors that it imported."""
    done = subprocess.run(
        [sys.executable, "-c", _PROBE, *arguments],
        env=CommandRunner(folder).environment(**more),
        cwd=folder,
        capture_output=True,
        text=True,
    )
    return done.returncode, set(done.stderr.partition("MODULES ")[2].split())


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--help"], 0),
        (["sync", "--help"], 0),
        (["tables"], 0),
        (["tables", "bossdesk", "--json"], 0),
        (["sync", "bosdesk"], 2),
        (["sync"], 2),
        (["sync", "--since", "soon"], 2),
        (["check", "notific"], 2),
        (["status", "--max-age", "old"], 2),
        (["state", "set", "bossdesk", "tikets", "2026-11-02"], 2),
    ],
)
def test_what_asks_nobody_imports_no_database_and_no_http(
    tmp_path: Path, arguments: list[str], code: int
) -> None:
    actual, modules = imported(tmp_path, *arguments)
    assert (actual, modules & HEAVY) == (code, set())
    assert "typer" in modules


def test_a_wrong_setting_imports_no_database_and_no_http(tmp_path: Path) -> None:
    code, modules = imported(tmp_path, "sync", SOURCES__BOSSDESK__API_KEI="x")
    assert (code, modules & HEAVY) == (2, set())


def test_a_small_sync_imports_neither_pandas_nor_numpy_nor_dlt(tmp_path: Path) -> None:
    """Arrow looks for the first two where they are installed, as they are here."""
    assert find_spec("pandas")
    (tmp_path / ".dlt").mkdir()
    (tmp_path / ".dlt" / "config.toml").write_text("[sync]\nmax_accounts = 2\n")
    with command_runner(tmp_path, NotificSandbox(size=0.1, edge_cases=True)) as here:
        for _ in ("first", "unchanged"):
            code, modules = imported(tmp_path, "sync", "notific", **here.variables)
            seen = {"pyarrow", "duckdb", "pandas", "numpy", "dlt", "notific", "bossdesk", "shiftboard"}
            assert (code, modules & seen) == (0, {"pyarrow", "duckdb", "notific"})


def test_help_loads_no_vendor(tmp_path: Path) -> None:
    _, modules = imported(tmp_path, "--help")
    assert "sources" not in modules
    assert "pydantic" not in modules


def test_help_names_every_command_and_what_the_exit_codes_mean(tmp_path: Path) -> None:
    result = CommandRunner(tmp_path).run("--help")
    assert result.code == 0
    for command in COMMANDS:
        assert f" {command} " in result.out
        assert CommandRunner(tmp_path).run(command, "--help").code == 0
    assert "Exit codes" in result.out


def test_an_unknown_option_exits_2(tmp_path: Path) -> None:
    assert CommandRunner(tmp_path).run("sync", "--fulll").code == 2


@pytest.mark.parametrize("wrong", [("sync", "--fulll"), ("status", "--max-age"), ("state", "show", "--no")])
def test_an_unknown_option_is_one_object_with_json(tmp_path: Path, wrong: tuple[str, ...]) -> None:
    command, *rest = wrong
    nested = rest[:1] if command == "state" else []
    result = CommandRunner(tmp_path).run(command, *nested, "--json", *rest[len(nested) :])
    assert result.code == result.json["exit_code"] == 2
    assert "ption" in result.json["error"]["message"]
    assert result.json["error"]["kind"] == "fix_settings"


# --- the inventory --------------------------------------------------------------------------------------------


def test_the_inventory_lists_every_table_of_every_vendor(tmp_path: Path) -> None:
    document = CommandRunner(tmp_path).run("tables", "--json").json
    assert list(document["vendors"]) == list(VENDORS)
    for name, vendor in VENDORS.items():
        tables = document["vendors"][name]["tables"]
        assert list(tables) == [table.name for table in vendor.tables]
        for entry in tables.values():
            assert entry["grain"].startswith("one row")
            assert entry["key"]
            assert entry["strategy"]
            assert entry["deletes"]


def test_the_inventory_in_plain_lines(tmp_path: Path) -> None:
    result = CommandRunner(tmp_path).run("tables", "bossdesk")
    assert result.out.startswith("bossdesk (BOSSDesk): 20 tables")
    line = next(line for line in result.out.splitlines() if line.startswith("tickets "))
    for part in ("id", "incremental+detail", "full-scan", "ticket", "comments", "comments__attachments"):
        assert part in line.split()


def test_child_tables_are_named_by_their_parents() -> None:
    tickets = VENDORS["bossdesk"].table("tickets")
    assert {"tickets__comments", "tickets__comments__attachments"} <= set(children(tickets))


# --- settings -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "variables", "expected"),
    [
        (["sync"], {}, ["no vendor is configured", "fieldhouse init", "fieldhouse demo"]),
        (["sync", "bosdesk"], {}, ["'bosdesk' is not a vendor", "Did you mean 'bossdesk'?"]),
        (["sync", "bossdesk"], {}, ["bossdesk is not configured", "[sources.bossdesk]"]),
        (
            ["sync"],
            {"SOURCES__BOSSDESK__API_KEY": SECRET},
            ["sources.bossdesk.base_url", "is missing", "SOURCES__BOSSDESK__BASE_URL", "https://"],
        ),
        (
            ["sync"],
            {"SOURCES__BOSSDESK__API_KEI": SECRET},
            ["sources.bossdesk.api_kei", "no such setting", "sources.bossdesk.api_key"],
        ),
        (["sync"], {"SOURCES__BOSDESK__API_KEY": SECRET}, ["sources.bosdesk", "sources.bossdesk"]),
        (["sync"], {"WAREHOUSE__URI": SECRET}, ["warehouse.uri", "warehouse.url"]),
        (
            ["sync"],
            {
                "SOURCES__BOSSDESK__BASE_URL": "https://a.example",
                "SOURCES__BOSSDESK__API_KEY": SECRET,
                "SOURCES__BOSSDESK__SWEEP_EVERY": SECRET,
            },
            ["sources.bossdesk.sweep_every", "expected a duration", "24h"],
        ),
        (["sync", "--since", "soon"], {}, ["--since", "'soon' is no date", "2026-11-02"]),
        (["sync", "--since", "2026-11-02", "--until", "2026-11-01"], {}, ["--since lies after --until"]),
        (["status", "--max-age", "old"], {}, ["--max-age", "expected a duration"]),
    ],
)
def test_a_wrong_setting_stops_with_its_name_and_what_was_expected(
    tmp_path: Path, arguments: list[str], variables: dict[str, str], expected: list[str]
) -> None:
    answer = CommandRunner(tmp_path, variables).run(*arguments)
    assert answer.code == 2
    assert answer.out == ""
    for part in expected:
        assert part in answer.err
    assert SECRET not in answer.all
    assert "Traceback" not in answer.all
    assert len(answer.err.strip().splitlines()) <= 3


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:///a.db", "the scheme 'sqlite' is not known"),
        (f"postgresql://user:{SECRET}@host:port/database", "the port is not a number"),
    ],
)
def test_a_wrong_warehouse_exits_2(tmp_path: Path, url: str, expected: str) -> None:
    variables = {"SOURCES__BOSSDESK__BASE_URL": "https://a.example", "SOURCES__BOSSDESK__API_KEY": "a-key"}
    answer = CommandRunner(tmp_path, variables).run("sync", "--warehouse", url)
    assert answer.code == 2
    assert expected in answer.err
    assert SECRET not in answer.all


def test_a_wrong_setting_is_one_object_with_json(tmp_path: Path) -> None:
    answer = CommandRunner(tmp_path).run("sync", "bosdesk", "--json")
    assert answer.code == 2
    assert answer.json == {
        "vendors": {},
        "error": {
            "message": "'bosdesk' is not a vendor.",
            "cause": "'bosdesk' is not a vendor.",
            "next_step": "Did you mean 'bossdesk'?",
            "kind": "fix_settings",
        },
        "exit_code": 2,
    }


# --- how it ends ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (FixSettings("x"), SETTINGS),
        (Denied("x"), SETTINGS),
        (TryLater("x"), REACH),
        (VendorChanged("x"), SHAPE),
        (DeleteGuard("x"), SHAPE),
        (SourceError("x"), DEFECT),
        (WarehouseSettingsError("x"), SETTINGS),
        (SchemaConflict("x"), SETTINGS),
        (WarehouseUnreachable("x"), REACH),
        (WarehouseBusy("x"), REACH),
        (AccountBusy("bossdesk", "pid 1"), REACH),
        (SchemaFrozen("tickets", ["a"]), SHAPE),
        (StatementFailed("x"), DEFECT),
        (ZeroDivisionError("x"), DEFECT),
    ],
)
def test_every_error_has_its_exit_code(error: Exception, code: int) -> None:
    assert exit_code(error) == code


def failing(error: BaseException) -> int:
    raise error


def test_a_defect_is_one_line_and_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    remember([SECRET])
    assert run_command(lambda: failing(ValueError(f"no {SECRET}\x1b[2J"))) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "error: ValueError: no [secret][2J\n" in err
    assert "--debug" in err
    assert "Traceback" not in err


def test_a_defect_has_a_traceback_with_debug_and_still_no_secret(
    capsys: pytest.CaptureFixture[str],
) -> None:
    remember([SECRET])
    assert run_command(lambda: failing(ValueError(SECRET)), debug=True) == 1
    err = capsys.readouterr().err
    assert "Traceback" in err
    assert "in failing" in err
    assert SECRET not in err


def test_a_defect_is_one_object_with_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(lambda: failing(ValueError("no")), as_json=True) == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["exit_code"], document["error"]["kind"]) == (1, "defect")


@pytest.mark.parametrize(("interrupt", "code"), [(KeyboardInterrupt, INTERRUPTED), (Terminated, TERMINATED)])
def test_an_interrupt_says_what_stays(
    interrupt: type[KeyboardInterrupt], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(lambda: failing(interrupt())) == code
    assert "everything that was committed stays" in capsys.readouterr().err


def test_a_reader_that_goes_away_is_no_defect(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "fieldhouse.pipelines.cli", "tables"],
        env=CommandRunner(tmp_path).environment(),
        cwd=tmp_path,
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")
