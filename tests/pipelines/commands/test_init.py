"""``init`` writes the settings files, asks on a terminal only, overwrites nothing, and checks what is complete."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from fieldhouse.pipelines.commands.init import run
from fieldhouse.pipelines.config.settings import load
from fieldhouse.sources import VENDORS
from fieldhouse.sources.engine.errors import FixSettings
from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from tests.support.cli_runner import CommandRunner, command_runner


def initialized(folder: Path, *names: str, answers: dict[str, str] | None = None) -> list[str]:
    """The vendors that were checked."""
    checked: list[str] = []

    def check(vendors: list[str]) -> int:
        checked.extend(vendors)
        return 0

    def ask(prompt: str, is_secret: bool) -> str:
        return next((text for name, text in (answers or {}).items() if f" {name} (" in prompt), "")

    environment = {"HOME": str(folder)}
    assert (
        run(names, check, folder=folder, ask=ask if answers else lambda *_: "", environment=environment) == 0
    )
    return checked


def test_files_of_every_vendor_are_written_and_valid(tmp_path: Path) -> None:
    assert initialized(tmp_path, *VENDORS) == []
    secrets = tmp_path / ".dlt" / "secrets.toml"
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    text = secrets.read_text()
    assert all(f"[sources.{name}]" in text for name in VENDORS)
    assert (tmp_path / ".gitignore").read_text().splitlines() == [
        ".dlt/secrets.toml",
        "*.duckdb",
        "*.duckdb.*",
    ]
    settings = load({"HOME": str(tmp_path)}, tmp_path)
    assert (settings.accounts, settings.warnings) == ((), ())
    assert settings.warehouse_url == "duckdb:///fieldhouse.duckdb"


def test_answers_become_settings_and_are_checked(tmp_path: Path) -> None:
    answers = {"api_key": 'key-"1"', "base_url": "https://desk.example.com/api/v1"}
    assert initialized(tmp_path, "bossdesk", answers=answers) == ["bossdesk"]
    (account,) = load({"HOME": str(tmp_path)}, tmp_path).accounts
    assert account.settings.api_key.get_secret_value() == 'key-"1"'  # type: ignore[attr-defined]


def test_address_of_a_vendor_with_a_default_is_asked_and_may_be_skipped(tmp_path: Path) -> None:
    credentials = {"user_id": "12", "password": "secret"}
    (tmp_path / "own").mkdir()
    assert initialized(tmp_path, "servicebridge", answers=credentials) == ["servicebridge"]
    (account,) = load({"HOME": str(tmp_path)}, tmp_path).accounts
    assert account.settings.base_url == type(account.settings).model_fields["base_url"].default
    own = {**credentials, "base_url": "http://127.0.0.1:9/api"}
    assert initialized(tmp_path / "own", "servicebridge", answers=own) == ["servicebridge"]
    (account,) = load({"HOME": str(tmp_path)}, tmp_path / "own").accounts
    assert account.settings.base_url == "http://127.0.0.1:9/api"


def test_nothing_that_is_there_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / ".dlt").mkdir()
    secrets = tmp_path / ".dlt" / "secrets.toml"
    secrets.write_text('[sources.notific]\nbase_url = "https://n.example.com"\napi_key = "mine"\n')
    (tmp_path / ".gitignore").write_text("build")
    before = secrets.read_text()
    assert initialized(tmp_path, "notific", "bossdesk") == ["notific"]
    assert secrets.read_text().startswith(before)
    assert initialized(tmp_path, "bossdesk") == []
    assert secrets.read_text().count("[sources.bossdesk]") == 1
    assert (tmp_path / ".gitignore").read_text().splitlines()[:2] == ["build", ".dlt/secrets.toml"]
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600


def test_without_a_vendor_all_are_listed_with_what_they_need(tmp_path: Path) -> None:
    with pytest.raises(FixSettings) as error:
        run((), lambda names: 0, folder=tmp_path, environment={"HOME": str(tmp_path)})
    assert all(name in error.value.what for name in VENDORS)
    assert list(tmp_path.iterdir()) == []


def test_from_an_empty_folder_to_rows_without_editing_a_file(tmp_path: Path) -> None:
    with command_runner(tmp_path, BossDeskSandbox(size=0.02, edge_cases=True)) as at:
        result = at.run("init", "bossdesk")
        assert result.code == 0, result.all
        assert "bossdesk: 20 of 20 tables" in result.out
        assert at.run("sync", "--tables", "groups").code == 0
        assert (
            at.run("query", "SELECT count(*) > 0 AS has_rows FROM bossdesk.groups").out.split()[1] == "True"
        )


@pytest.mark.parametrize("command", ["sync", "plan", "check"])
def test_without_settings_every_vendor_is_named_and_no_missing_file(tmp_path: Path, command: str) -> None:
    result = CommandRunner(tmp_path).run(command)
    assert result.code == 2
    assert all(name in result.err for name in VENDORS)
    assert "fieldhouse init" in result.err
    assert "example" not in result.err


def test_the_message_is_about_the_vendor_in_question(tmp_path: Path) -> None:
    result = CommandRunner(tmp_path).run("sync", "shiftboard")
    assert result.code == 2
    assert "fieldhouse init shiftboard" in result.err
    assert "bossdesk" not in result.err


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("config.toml", '[warehouse]\npublishh = "copy.duckdb"\n'),
        ("secrets.toml", '[sources.notific]\nbase_url = "n.example"\napi_key = "mine"\n'),
        ("secrets.toml", 'sources = { bossdesk = { api_key = "mine" } }\n'),
    ],
)
def test_what_is_wrong_in_the_files_is_named_and_stays(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / ".dlt").mkdir()
    (tmp_path / ".dlt" / name).write_text(text)
    with pytest.raises(FixSettings, match=r"publishh|base_url|secrets\.toml"):
        initialized(tmp_path, "notific")
    assert (tmp_path / ".dlt" / name).read_text() == text


def test_an_ignore_file_of_another_encoding_is_kept(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_bytes(b"caf\xe9")
    assert initialized(tmp_path, "notific") == []
    assert (tmp_path / ".gitignore").read_bytes().startswith(b"caf\xe9\n.dlt/secrets.toml\n")


def test_an_end_of_the_input_skips_what_is_asked(tmp_path: Path) -> None:
    """Ctrl-D at every prompt, as long as there is one: a prompt for a secret drops what was typed before it."""
    keyboard, terminal = os.openpty()
    command = [sys.executable, "-m", "fieldhouse.pipelines.cli", "init", "notific"]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        env=CommandRunner(tmp_path).environment(),
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    while process.poll() is None:
        os.write(keyboard, b"\x04")
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.2)
    for end in (keyboard, terminal):
        os.close(end)
    out, err = process.communicate()
    assert process.returncode == 0, err
    assert b"fill in base_url, api_key" in out
