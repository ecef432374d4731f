"""How a process of fieldhouse's own begins and ends. Where fieldhouse is a guest, none of it is called."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from typing import Any

_READ = frozenset({"sync", "check", "plan", "verify", "webhooks"})
"""The commands that read vendors: neither the marts nor the dashboard live in their process."""
_UNUSED = frozenset({"pandas", "numpy", "httpx._main"})
"""What Arrow and httpx import where they can, and no sync uses; a plain install lacks the first two.

pandas: to ask of each list of values whether it is a series. ``httpx._main``: httpx's own command line.
"""


class _Absent(MetaPathFinder):
    """Finds none of them. A None in ``sys.modules`` would not do: Arrow is compiled, and takes that for the module."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> None:
        """Nothing; an error where the name is one of those."""
        if name in _UNUSED:
            raise ModuleNotFoundError(f"{name} is not used here", name=name)


def prepare(arguments: Sequence[str]) -> None:
    """Spare a command what libraries would take for what it does not use.

    Half a second of CPU and 30 MB are imports, as much as a sync without changes needs besides. Arrow's own allocator
    kept 20 MB of the 340 that a first sync of 100,000 rows took.

    Args:
        arguments: the command line, without the program's name.
    """
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    if _READ.intersection(arguments):
        sys.meta_path.insert(0, _Absent())


def leave(code: int) -> None:
    """End the process with this exit code, and without taking its modules apart: 0.05 to 0.2 s of CPU per command.

    What waits for the end is done and what was written goes out first. Returns where nobody reads it any more.
    """
    atexit._run_exitfuncs()  # as multiprocessing does before it leaves
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        return
    os._exit(code)
