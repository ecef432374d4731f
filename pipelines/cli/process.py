"""How a process of the command line begins. Where fieldhouse is a guest in another process, none of it is called."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from fieldhouse.sources.engine import startup

_READ = frozenset({"sync", "check", "plan", "verify", "webhooks"})
"""The commands that read vendors: neither the marts nor the dashboard run in their process."""
_UNUSED = frozenset({"pandas", "numpy", "httpx._main"})
"""What Arrow and httpx import if it is installed, and no sync uses; a plain install lacks the first two.

pandas: to ask of each list of values whether it is a series. ``httpx._main``: httpx's own command line.
"""
_SELDOM_USED = frozenset({"pydoc"})
"""What Arrow imports for the text of its functions' documentation."""


def prepare(arguments: Sequence[str]) -> None:
    """Set what the command named on the command line does not need to load or to allocate.

    Args:
        arguments: the command line, without the program's name.
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the caller, as by ``>&-``
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    startup.use_system_allocator()
    startup.skip_pydantic_plugins()
    startup.collect_garbage_seldom()
    if _READ.intersection(arguments):
        startup.block_imports(_UNUSED)
        startup.import_on_use(_SELDOM_USED)
        startup.define_arrow_functions_on_demand()
