"""A closed, full or broken standard output or error never turns a successful run into a failure."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldhouse.sources.sandbox.notific.api import NotificSandbox
from tests.support.cli_runner import CommandRunner, command_runner

FIELDHOUSE = f"{sys.executable} -m fieldhouse.pipelines.cli"


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandRunner]:
    with command_runner(
        tmp_path_factory.mktemp("output"), NotificSandbox(size=0.05, edge_cases=True)
    ) as runner:
        yield runner


def shell(at: CommandRunner, command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        env=at.environment(),
        cwd=at.folder,
        capture_output=True,
        text=True,
    )


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize(
    "sink", ["> /dev/full", ">&-", "2>&-", "> /dev/full 2> /dev/full", ">&- 2>&-", "| true"]
)
def test_a_sync_keeps_its_exit_code(at: CommandRunner, sink: str) -> None:
    done = shell(at, f"{FIELDHOUSE} sync {sink}")
    assert done.returncode == 0, done.stderr
    assert "defect" not in done.stderr
    if sink == "> /dev/full":
        assert "warning: the report could not be written to standard output: No space left" in done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_query_whose_rows_are_lost_is_no_success(at: CommandRunner, tmp_path: Path) -> None:
    assert shell(at, f"{FIELDHOUSE} sync").returncode == 0
    assert shell(at, f"{FIELDHOUSE} query 'SELECT 1' --csv > /dev/full").returncode == 3
