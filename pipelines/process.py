"""What a process of fieldhouse's own sets before it imports anything; where fieldhouse is a guest, none of it holds."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from typing import Any

_READ = frozenset({"sync", "check", "plan", "verify", "webhooks"})
"""The commands that read vendors: neither the marts nor the dashboard live in their process."""


class _NoPandas(MetaPathFinder):
    """Finds no pandas. A None in ``sys.modules`` would not do: Arrow is compiled, and takes that for the module."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> None:
        """Nothing, and an error for what begins with pandas."""
        if name == "pandas":
            raise ModuleNotFoundError("pandas is not needed here", name=name)


def prepare(arguments: Sequence[str]) -> None:
    """Spare a command what Arrow would take for itself.

    Its own allocator kept 20 MB of the 340 that a first sync of 100,000 rows takes. It imports pandas where that is
    installed, for as much CPU as a sync without changes needs, to ask of each list of values whether it is a series.

    Args:
        arguments: the command line, without the program's name.
    """
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    if _READ.intersection(arguments):
        sys.meta_path.insert(0, _NoPandas())
