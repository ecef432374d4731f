"""The vendors, and the engine that reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fieldhouse.sources.engine.spec.table import Vendor

_NAMES = ("shiftboard", "bossdesk", "servicebridge", "servicesidekick", "notific")


class _Vendors(Mapping[str, "Vendor"]):
    """Each vendor by its folder's name, imported when it is asked for: a run of one need not build the others."""

    def __getitem__(self, name: str) -> Vendor:
        if name not in _NAMES:
            raise KeyError(name)
        vendor: Vendor = import_module(f".{name}", __name__).VENDOR
        return vendor

    def __iter__(self) -> Iterator[str]:
        return iter(_NAMES)

    def __len__(self) -> int:
        return len(_NAMES)

    def __contains__(self, name: object) -> bool:
        return name in _NAMES


VENDORS: Mapping[str, Vendor] = _Vendors()
"""Every vendor, by name. A new one is a folder, a name here, and its sandbox."""
