"""Runs the command line: in this process where nothing but its answer matters, in one of its own elsewhere."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from fieldhouse.pipelines.cli.app import app
from fieldhouse.sources.sandbox.sandbox import Sandbox
from fieldhouse.sources.sandbox.server import environment, serve

ROOT = Path(__file__).parent.parent.parent
_OURS = ("SOURCES__", "WAREHOUSE__", "MARTS__", "ALERTS__", "METRICS__", "FIELDHOUSE_LOG", "DLT_")


@dataclass(frozen=True)
class CommandResult:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """Standard output, which holds one object and nothing else."""
        document: dict[str, Any] = json.loads(self.out)
        return document

    @property
    def all(self) -> str:
        return self.out + self.err


@dataclass(frozen=True)
class CommandRunner:
    """A folder to run commands in, with the settings that they find in their environment."""

    folder: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def environment(self, **more: str) -> dict[str, str]:
        rest = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        own = {"HOME": str(self.folder), "DLT_PROJECT_DIR": str(self.folder), "PYTHONPATH": str(ROOT)}
        pace = {"FIELDHOUSE_PACE_DIR": str(self.folder), "COLUMNS": "120"}
        return {**rest, **own, **pace, "WAREHOUSE__URL": self.url, **self.variables, **more}

    @property
    def url(self) -> str:
        return f"duckdb:///{self.folder}/warehouse.duckdb"

    def run(self, *arguments: str, **more: str) -> CommandResult:
        """A command in this process; ``more`` are environment variables."""
        before, handlers = dict(os.environ), list(logging.getLogger().handlers)
        os.environ.clear()
        os.environ.update(self.environment(**more))
        try:
            result = CliRunner().invoke(app, list(arguments))
        finally:
            os.environ.clear()
            os.environ.update(before)
            logging.getLogger().handlers[:] = handlers
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return CommandResult(result.exit_code, result.stdout, result.stderr)

    def process(self, *arguments: str, **more: str) -> subprocess.Popen[str]:
        """A command in a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "fieldhouse.pipelines.cli", *arguments],
            cwd=self.folder,
            env=self.environment(**more),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run_in_process(self, *arguments: str, **more: str) -> CommandResult:
        """What a command in a process of its own answered, within a minute."""
        process = self.process(*arguments, **more)
        out, err = process.communicate(timeout=60)
        return CommandResult(process.returncode, out, err)


@contextmanager
def command_runner(folder: Path, *boxes: Sandbox, **variables: str) -> Iterator[CommandRunner]:
    """A desk whose settings point at the sandboxes, which are served on loopback."""
    with serve(*boxes) as urls:
        yield CommandRunner(folder, {**environment(boxes, urls), **variables})
