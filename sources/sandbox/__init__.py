"""Sandboxes for the vendors' APIs, over real HTTP on loopback: for the demo, tests and benchmarks, never for a sync."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from .sandbox import Sandbox

SANDBOXES: Mapping[str, str] = {
    "shiftboard": "ShiftboardSandbox",
    "bossdesk": "BossDeskSandbox",
    "servicebridge": "ServiceBridgeSandbox",
    "servicesidekick": "ServiceSidekickSandbox",
    "notific": "NotificSandbox",
}
"""The vendors that have a sandbox, and its class in the module of the vendor's name."""


def sandbox_class(name: str) -> type[Sandbox]:
    """The sandbox of a vendor; only its own module is imported."""
    module = import_module(f"{__name__}.{name}")
    return cast("type[Sandbox]", getattr(module, SANDBOXES[name]))
