"""The vendors: those of this distribution, and those that other distributions add by an entry point.

Knows the names of the vendors. Imports engine/spec, and a vendor's own package when the vendor is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from fieldhouse.sources.engine.spec import Vendor

_NAMES = ("shiftboard", "bossdesk", "servicebridge", "servicesidekick", "notific")

ENTRY_POINTS = "fieldhouse.vendors"
"""Entry point group of vendors of other distributions: the vendor's name = the module and name of its ``Vendor``."""


class _Vendors(Mapping[str, "Vendor"]):
    """Vendors by name, imported when one is asked for: a sync of one vendor does not build the declarations of others.

    A name of this distribution wins over an entry point with the same name.
    """

    def __getitem__(self, name: str) -> Vendor:
        """Raise ``KeyError`` for an unknown name, and ``DeclarationError`` for an entry point that is no vendor."""
        if name in _NAMES:
            ours: Vendor = import_module(f".{name}", __name__).VENDOR
            return ours
        from fieldhouse.sources.engine.spec import DeclarationError, Vendor  # help lists no vendor

        declared = self._added[name].load()
        if not isinstance(declared, Vendor) or declared.name != name:
            raise DeclarationError(
                f"entry point {ENTRY_POINTS}: {name} = {self._added[name].value} is no Vendor named {name!r}"
            )
        return declared

    def __iter__(self) -> Iterator[str]:
        yield from _NAMES
        yield from self._added

    def __len__(self) -> int:
        return len(_NAMES) + len(self._added)

    def __contains__(self, name: object) -> bool:
        return name in _NAMES or name in self._added

    @cached_property
    def _added(self) -> dict[str, EntryPoint]:
        """Entry points of installed distributions; looked up once, and only if a name is not ours."""
        from importlib.metadata import entry_points  # 10 ms that a command with one vendor of ours saves

        points = sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name)
        return {point.name: point for point in points if point.name not in _NAMES}


VENDORS: Mapping[str, Vendor] = _Vendors()
"""Every vendor by name. To add one here: its folder, its sandbox and its name above."""
