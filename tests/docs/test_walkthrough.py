"""The screens of the walkthrough are those that the commands print, from the start of the sandbox to a wrong key."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from fieldhouse.pipelines.cli.options import load_settings
from fieldhouse.pipelines.commands import check, init
from fieldhouse.pipelines.commands.serve import sandbox as sandbox_command
from fieldhouse.pipelines.config.selection import jobs
from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from fieldhouse.sources.sandbox.server import serve
from tests.support.cli_runner import CommandRunner

PAGE = Path(__file__).parents[2] / "docs" / "walkthrough.md"
SANDBOX = "fieldhouse sandbox bossdesk --port 8801 --size 0.1 --changes 0"
VARIABLE = (
    (r"127\.0\.0\.1:\d+", "<address>"),
    (r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?(\.\d+)?Z?", "<time>"),
    (r"\b\d+(\.\d+)? (s|min|h)\b", "<duration>"),
    (r"\b[0-9a-f]{12}\b", "<run>"),
    (r"(?<=: 0 of )(.* deleted); \d+ requests?", r"\1; <some> requests"),
    (r"  +", "  "),
)
"""What differs from one run to the next: the port, times, durations, ids of runs, and so the widths of columns; and
how many requests were under way when the first was refused."""


def normalized(screen: str) -> list[str]:
    for pattern, text in VARIABLE:
        screen = re.sub(pattern, text, screen)
    return [line.rstrip() for line in screen.strip().splitlines()]


def screens_of_the_page() -> list[tuple[str, str]]:
    """Every command of the page with the screen that follows it."""
    blocks = re.findall(r"```console\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    parts = [part for block in blocks for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    return [(command, screen) for command, _, screen in (part.partition("\n") for part in parts)]


def test_screens_of_the_walkthrough_are_what_the_commands_print(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox = BossDeskSandbox(size=0.1)
    runner = CommandRunner(tmp_path, {"WAREHOUSE__URL": "duckdb:///fieldhouse.duckdb"})
    monkeypatch.chdir(tmp_path)
    for name, value in runner.environment().items():
        monkeypatch.setenv(name, value)
    code = 0

    def screen_of(command: str) -> str:
        nonlocal code
        if command == "echo $?":
            return str(code)
        if command == SANDBOX:
            return "\n".join([*sandbox_command.settings_lines([sandbox], urls), sandbox_command.SERVING])
        if command == "fieldhouse init bossdesk":
            code = init.run(["bossdesk"], _check, ask=ask)
            return capsys.readouterr().out
        variables, _, words = command.rpartition("fieldhouse ")
        more = dict(pair.split("=", 1) for pair in shlex.split(variables))
        result = runner.run(*shlex.split(words), **more)
        code = result.code
        return result.all

    def ask(prompt: str, is_secret: bool) -> str:
        (name,) = re.findall(r", (\w+) \(", prompt)
        answer = settings[name]
        print(prompt + ("" if is_secret else answer))
        return answer

    with serve(sandbox) as urls:
        settings = sandbox.settings(urls["bossdesk"])
        expected = screens_of_the_page()
        printed = [(command, screen_of(command)) for command, _ in expected]
    assert len(printed) > 10
    for (command, shown), (_, screen) in zip(printed, expected, strict=True):
        assert normalized(shown) == normalized(screen), f"$ {command}\n{shown}"


def _check(vendors: list[str]) -> int:
    settings = load_settings(vendors)
    return check.run(settings, jobs(settings, vendors))
