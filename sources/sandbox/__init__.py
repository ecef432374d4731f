"""Sandboxes of the vendors' APIs, over HTTP on loopback: for the demo, tests and benchmarks, never for a sync.

Knows which vendors have a sandbox. Imports nothing of the engine or the vendors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from .sandbox import Sandbox

ENTRY_POINTS = "fieldhouse.sandboxes"
"""Entry point group of sandboxes of other distributions: the vendor's name = the module and name of the class."""


class _Sandboxes(Mapping[str, "type[Sandbox]"]):
    """The sandbox class of a vendor, by the vendor's name; a sandbox's folder has it as ``SANDBOX``."""

    def __getitem__(self, name: str) -> type[Sandbox]:
        """Raise ``KeyError`` if the vendor has no sandbox."""
        if name in self._own:
            return cast("type[Sandbox]", import_module(f".{name}", __name__).SANDBOX)
        return cast("type[Sandbox]", self._added[name].load())

    def __iter__(self) -> Iterator[str]:
        yield from self._own
        yield from self._added

    def __len__(self) -> int:
        return len(self._own) + len(self._added)

    def __contains__(self, name: object) -> bool:
        return name in self._own or name in self._added

    @cached_property
    def _own(self) -> tuple[str, ...]:
        folders = sorted(path.parent.name for path in Path(__file__).parent.glob("*/__init__.py"))
        return tuple(folders)

    @cached_property
    def _added(self) -> dict[str, EntryPoint]:
        from importlib.metadata import entry_points  # 10 ms that a command with one vendor of ours saves

        points = sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name)
        return {point.name: point for point in points if point.name not in self._own}


SANDBOXES: Mapping[str, type[Sandbox]] = _Sandboxes()
"""Every vendor that has a sandbox."""
