"""One run of one engine in a process of its own, and what it took."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

_KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH")
"""The variables that an engine gets: others (PYTHONUNBUFFERED …) distort what is measured."""


@dataclass(frozen=True)
class Cost:
    """What a process took: CPU and wall in seconds, the most memory at once in MB, requests as the vendor saw them."""

    cpu: float
    wall: float
    rss: float
    requests: int = 0


class EngineFailed(Exception):
    """A run that cannot be compared."""


def run(module: str, *given: str, home: str) -> Cost:
    """Run ``python -m MODULE GIVEN…``; its children's CPU counts as its own.

    Raises:
        EngineFailed: it ended with another code than 0; with the end of what it said.
    """
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    variables = {**kept, "HOME": home, "PYTHONPATH": os.getcwd()}
    with tempfile.TemporaryFile() as output:
        started = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", module, *given], stdout=output, stderr=output, env=variables, cwd=home
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            raise EngineFailed(f"{module} ended with {process.returncode}: {output.read()[-3000:].decode()}")
    megabytes = usage.ru_maxrss / (1024 if sys.platform == "linux" else 1024 * 1024)
    return Cost(usage.ru_utime + usage.ru_stime, wall, megabytes)
