"""One file per vendor: the facts that tests need beside its declarations and its sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from tests.support.vendors.vendor_facts import VendorFacts


def _facts() -> dict[str, VendorFacts]:
    names = sorted(path.stem for path in Path(__file__).parent.glob("[!_]*.py"))
    return {name: import_module(f"{__name__}.{name}").FACTS for name in names}


VENDOR_FACTS: Mapping[str, VendorFacts] = _facts()
