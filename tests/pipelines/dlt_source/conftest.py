"""Fixtures of the sources for dlt: a sandbox, the settings of an empty project, and dlt's log."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldhouse.sources.sandbox.notific.api import NotificSandbox
from fieldhouse.sources.sandbox.server import environment, serve


@pytest.fixture
def empty_project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings of this machine."""
    monkeypatch.setenv("FIELDHOUSE_PACE_DIR", str(tmp_path))
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    monkeypatch.setenv("SCHEMA__NAMING", "snake_case")  # as in a project of its own
    for name in [name for name in os.environ if name.startswith("SOURCES__")]:
        monkeypatch.delenv(name)


@pytest.fixture
def notific(empty_project: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[NotificSandbox]:
    """A sandbox on loopback, configured by the environment."""
    sandbox = NotificSandbox(size=0.1, edge_cases=True)
    with serve(sandbox) as urls:
        for name, value in environment([sandbox], urls).items():
            monkeypatch.setenv(name, value)
        yield sandbox


@pytest.fixture
def dlt_log(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The warnings and errors of dlt's logger, which hands nothing to its parents."""
    monkeypatch.setenv("RUNTIME__LOG_LEVEL", "WARNING")  # this repository's own settings have CRITICAL
    messages: list[str] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            messages.append(f"{record.levelname}: {record.getMessage()}")

    handler, logger = Handler(logging.WARNING), logging.getLogger("dlt")
    level = logger.level
    logger.setLevel(logging.WARNING)
    logger.addHandler(handler)
    yield messages
    logger.removeHandler(handler)
    logger.setLevel(level)
