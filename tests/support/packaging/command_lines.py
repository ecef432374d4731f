"""Command lines in examples: parsed as the command line of the product parses them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from typer.main import get_command

from fieldhouse.pipelines.cli.app import app
from fieldhouse.pipelines.config.settings import Settings, load


def parse(words: Sequence[str]) -> str:
    """The name of the command in ``fieldhouse WORD…``; an unknown command, option or argument is an error."""
    name, *arguments = words
    command = get_command(app).commands[name]  # type: ignore[attr-defined]
    subcommands = getattr(command, "commands", None)
    if subcommands:
        name, command, arguments = f"{name} {arguments[0]}", subcommands[arguments[0]], arguments[1:]
    with command.make_context(name, list(arguments)):
        return name


def settings_of(lines: str, folder: Path) -> Settings:
    """The settings that lines ``NAME=value`` give; a name or value that is wrong is an error."""
    given = dict(re.findall(r"^([A-Z][A-Z0-9_]*)=(.*)$", lines, re.M))
    return load({"HOME": str(folder), **given}, folder)
