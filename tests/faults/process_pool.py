"""Process pool of the cases: start a sync in a process of its own, kill it, learn how it ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.driver import Job

ROOT = Path(__file__).parent.parent.parent
KILLED = -signal.SIGKILL
_LONGEST = 180.0
GRACE = 5.0
"""Seconds within which a signal must end a sync."""


@dataclass(frozen=True)
class Ending:
    """How a sync's process ended: an exit code or minus a signal, and what its report said, if it came to that."""

    code: int
    report: dict[str, Any]


class Running:
    """One sync that runs."""

    def __init__(self, pool: ProcessPool, job: Job, pid: int) -> None:
        self._pool, self.job, self.pid = pool, job, pid

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)

    def ended(self, seconds: float = _LONGEST) -> Ending:
        """Wait for its end; after ``seconds`` it is killed."""
        code = int(self._pool.send(f"wait {self.pid} {seconds}"))
        report = json.loads(self.job.report.read_text()) if self.job.report.exists() else {}
        if code == 1 and not report and self.job.log.exists():
            report = {"log": self.job.log.read_text(errors="replace")[-3000:]}
        return Ending(code, report)


class ProcessPool:
    """A process that has imported everything and forks a child per sync."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.driver"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            text=True,
        )

    def send(self, line: str) -> str:
        """One command, one answer."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError("the process pool is gone")
        return answer

    def start(self, job: Job) -> Running:
        job.report.unlink(missing_ok=True)
        return Running(self, job, int(self.send(f"start {job.line()}")))

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(60)


def run_alone(job: Job, *interpreter: str) -> Sequence[str]:
    """The command that runs the job in a fresh interpreter."""
    place = Path(job.folder) / "job.json"
    place.write_text(job.line())
    return [*(interpreter or (sys.executable,)), "-m", "tests.faults.driver", str(place)]


def until(ready: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for another process."""
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, "the other process did not get there"
        os.sched_yield()
        time.sleep(0.01)
