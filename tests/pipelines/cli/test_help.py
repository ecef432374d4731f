"""The help texts of all commands, groups and options."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import typer

from fieldhouse.pipelines.cli.app import app

VERBS = {
    *(
        "Backfill",
        "Build",
        "Check",
        "Compare",
        "Edit",
        "Estimate",
        "Exit",
        "Expect",
        "Export",
        "Fix",
        "Install",
        "Keep",
    ),
    *("Limit", "List", "Listen", "Log", "Look", "Print", "Prune", "Read", "Report", "Reset", "Run", "Serve"),
    *("Set", "Show", "Sync", "Use", "Write"),
}


def commands(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    yield name, command
    for child, inner in getattr(command, "commands", {}).items():
        yield from commands(f"{name} {child}", inner)


EVERY = dict(commands("fieldhouse", typer.main.get_command(app)))


def starts_with_verb(text: str) -> bool:
    return text.split()[0].rstrip(",") in VERBS and text.rstrip().endswith(".")


@pytest.mark.parametrize("name", EVERY)
def test_help_of_a_command_starts_with_an_imperative_verb(name: str) -> None:
    assert starts_with_verb(EVERY[name].help), EVERY[name].help


@pytest.mark.parametrize("name", EVERY)
def test_help_of_every_option_starts_with_an_imperative_verb(name: str) -> None:
    options = [option for option in EVERY[name].params if option.param_type_name == "option"]
    wrong = [
        f"{option.opts[0]}: {option.help}" for option in options if not starts_with_verb(option.help or "-")
    ]
    assert wrong == []


@pytest.mark.parametrize("name", EVERY)
def test_every_argument_has_a_help_text(name: str) -> None:
    arguments = [option for option in EVERY[name].params if option.param_type_name == "argument"]
    assert all(argument.help for argument in arguments)


@pytest.mark.parametrize(
    "name", [name for name, command in EVERY.items() if not hasattr(command, "commands")]
)
def test_every_command_has_the_option_debug(name: str) -> None:
    assert any("--debug" in option.opts for option in EVERY[name].params)
