"""What is made once in a run of the tests, however many workers ask for it."""

from __future__ import annotations

import fcntl
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def make_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], Any]) -> Any:
    """What ``make`` gave for ``name``: the first worker calls it with a folder, the others read what it left."""
    folder = factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_TESTRUNUID"):
        folder = folder.parent
    kept = folder / f"{name}.pickle"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            (folder / name).mkdir()
            kept.write_bytes(pickle.dumps(make(folder / name)))
    return pickle.loads(kept.read_bytes())  # noqa: S301 - what another worker of this run wrote
