"""A vendor plugs in: what adding one touches, here and as a distribution of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fieldhouse.sources import VENDORS
from fieldhouse.sources.sandbox import SANDBOXES
from tests.support.vendors.facts import VENDOR_FACTS

ROOT = Path(__file__).parents[2]
PLACES = ("sources", "pipelines", "warehouse", "tests", "docs", ".dlt")
TEXT = (".py", ".md", ".toml", ".sql", ".yml", ".csv", ".json")
OWN = re.compile(
    r"sources/(sandbox/)?(shiftboard|bossdesk|servicebridge|servicesidekick|notific)/"
    r"|warehouse/marts/|tests/(vendors|sandbox)/|tests/support/vendors/facts/"
)
"""Where a vendor's name is at home."""

NAMED = {
    "sources/__init__.py": "the line that adds a vendor",
    ".dlt/example.secrets.toml": "an example of every credential",
    "warehouse/dashboard/tabs.py": "the dashboard's questions follow the marts",
}
"""Product files outside a vendor's folders that name a vendor which nothing else depends on, and why."""


def naming(vendor: str, folders: tuple[str, ...]) -> set[str]:
    """The files below ``folders`` that contain a vendor's name and are not the vendor's own."""
    paths = (path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in TEXT)
    return {
        place
        for path in paths
        if not OWN.match(place := path.relative_to(ROOT).as_posix())
        and re.search(rf"\b{vendor}\b", path.read_text("utf-8"), re.IGNORECASE)
    }


@pytest.mark.parametrize("vendor", ["servicesidekick", "notific", "servicebridge"])
def test_product_names_a_vendor_in_the_listed_files_only(vendor: str) -> None:
    assert naming(vendor, ("sources", "pipelines", "warehouse", ".dlt")) <= set(NAMED)


def test_every_vendor_has_a_sandbox_and_facts_for_the_tests() -> None:
    assert set(VENDORS) == set(SANDBOXES) == set(VENDOR_FACTS)
