"""Environment of this process for the length of a case, and servers that are started once for all cases."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

PROXY_VARIABLES = tuple(
    name for stem in ("http", "https", "all", "no") for name in (f"{stem}_proxy", f"{stem}_PROXY".upper())
)


@contextmanager
def environment_with(**variables: str) -> Iterator[None]:
    """The process's environment with ``variables``, and without any proxy that they do not name."""
    before = dict(os.environ)
    for name in PROXY_VARIABLES:
        os.environ.pop(name, None)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


class SharedServers:
    """What costs too much to start for one case: started at its first use, ended with the benches."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._started: dict[str, Any] = {}

    def get(self, name: str, start: Callable[[], Any]) -> Any:
        """What ``start``, a context manager, gives; the same for every case that asks for ``name``."""
        if name not in self._started:
            self._started[name] = self._open.enter_context(start())
        return self._started[name]

    def folder(self) -> Path:
        """A folder that lasts as long as the servers."""
        return Path(self._open.enter_context(tempfile.TemporaryDirectory(prefix="fieldhouse-servers-")))

    def close(self) -> None:
        self._open.close()
        self._started.clear()
