"""Shell completion: scripts for the shells, and what they complete."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fieldhouse.pipelines.cli.completion import complete_table, complete_vendor
from tests.support.cli_runner import CommandRunner

SHELLS = ("bash", "zsh", "fish")
_RUN = "from fieldhouse.pipelines.cli import main; main()"


def fieldhouse(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **CommandRunner(folder).environment(**more),
        "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1",
    }
    return subprocess.run(
        [sys.executable, "-c", _RUN, *arguments], cwd=folder, env=environment, capture_output=True, text=True
    )


@pytest.mark.parametrize("shell", SHELLS)
def test_completion_script_of_a_shell_is_shown(tmp_path: Path, shell: str) -> None:
    shown = fieldhouse(tmp_path, "--show-completion", shell)
    assert shown.returncode == 0, shown.stderr
    assert "_FIELDHOUSE_COMPLETE" in shown.stdout


def test_completion_is_installed_into_the_home_folder(tmp_path: Path) -> None:
    installed = fieldhouse(tmp_path, "--install-completion", "bash")
    assert installed.returncode == 0, installed.stderr
    script = tmp_path / ".bash_completions" / "fieldhouse.sh"
    assert "_FIELDHOUSE_COMPLETE" in script.read_text()
    assert str(script) in (tmp_path / ".bashrc").read_text()


def test_bash_completes_commands_and_vendors(tmp_path: Path) -> None:
    def completed(words: str) -> list[str]:
        count = len(words.split(" ")) - 1
        answer = fieldhouse(
            tmp_path, _FIELDHOUSE_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD=str(count)
        )
        return answer.stdout.split()

    assert completed("fieldhouse ver") == ["verify"]
    assert completed("fieldhouse sync boss") == ["bossdesk"]


def test_named_accounts_and_tables_are_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("SOURCES__")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DLT_PROJECT_DIR", str(tmp_path))
    monkeypatch.setenv("SOURCES__NOTIFIC__EMEA__BASE_URL", "https://n.example.com")
    monkeypatch.setenv("SOURCES__NOTIFIC__EMEA__API_KEY", "key")
    assert complete_vendor("no") == ["notific", "notific.emea"]
    assert "tickets" in complete_table("ti")
    assert complete_table("notific.ti") == ["notific.tickets"]
    monkeypatch.setenv("SOURCES__NOTIFIC__EMEA__API_KY", "wrong")
    assert complete_vendor("no") == ["notific"]


def test_dry_run_of_a_sync_points_to_plan(tmp_path: Path) -> None:
    output = CommandRunner(tmp_path).run("sync", "bossdesk", "--dry-run")
    assert output.code == 2
    assert "Run 'fieldhouse plan bossdesk'" in output.err
