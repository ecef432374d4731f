"""Debian's Chromium, headless, for tests of pages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

import pytest

PATH = os.environ.get("FIELDHOUSE_CHROMIUM") or shutil.which("chromium") or ""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
needs_chromium = pytest.mark.skipif(
    not PATH or not find_spec("playwright"),
    reason="needs Chromium (apt-get install chromium, or its path in FIELDHOUSE_CHROMIUM) and playwright",
)


@contextmanager
def browser() -> Iterator[Any]:
    """A Playwright browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=PATH, args=FLAGS)
        try:
            yield opened
        finally:
            opened.close()
