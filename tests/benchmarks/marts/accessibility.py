"""Runs axe on every tab of the dashboard: healthy, failing, empty and large; wide and narrow; light and dark.

    python -m tests.benchmarks.marts.accessibility fieldhouse-demo.duckdb

The argument is a DuckDB warehouse with its marts, which is only copied. Exits 1 if axe finds anything serious. Needs
Chromium, playwright and axe-playwright-python.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe

from tests.support.chromium import browser

from .pictures import SIZES, make_warehouse, served

SITUATIONS = ("healthy", "failing", "empty", "large")
TABS = ("health", "tickets", "shifts", "hours", "jobs", "people")
SCHEMES = ("light", "dark")
SERIOUS = ("serious", "critical")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("warehouse", type=Path)
    source = parser.parse_args().warehouse.resolve()
    serious = 0
    with tempfile.TemporaryDirectory() as scratch, browser() as opened:
        for situation in SITUATIONS:
            file = Path(scratch) / situation / "fieldhouse.duckdb"
            file.parent.mkdir()
            now = make_warehouse(situation, source, file)
            os.chdir(file.parent)
            with served(now) as url:
                serious += sum(
                    _check(opened, url, situation, tab, scheme) for tab in TABS for scheme in SCHEMES
                )
    return int(serious > 0)


def _check(opened: Any, url: str, situation: str, tab: str, scheme: str) -> int:
    """The number of serious findings of one tab at both widths, which are printed with all others."""
    serious = 0
    for width, height in SIZES.values():
        page = opened.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
        page.set_default_timeout(120_000)
        page.goto(f"{url}/{tab}")
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        violations = Axe().run(page).response["violations"]
        page.close()
        print(situation, tab, scheme, width, len(violations), flush=True)
        for one in violations:
            serious += one["impact"] in SERIOUS
            print(f"  {one['impact']} {one['id']}: {[node['html'][:100] for node in one['nodes'][:2]]}")
    return serious


if __name__ == "__main__":
    sys.exit(main())
