"""The dashboard in a real browser: every tab, by keyboard, on a phone, in the dark, and without the network.

With FIELDHOUSE_PICTURES=docs it also writes the docs' pictures.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from fieldhouse.warehouse.connect import open_warehouse
from tests.support.chromium import browser, needs_chromium
from tests.support.cli_runner import CommandRunner
from tests.support.marts.marts_warehouse import Built, needs_dbt
from tests.support.runs.long_runs import in_long_runs

pytestmark = [
    needs_dbt,
    needs_chromium,
    pytest.mark.skipif(not find_spec("starlette"), reason="needs pip install 'fieldhouse[dashboard]'"),
]
TABS = ("Health", "Tickets", "Shifts", "Hours", "Jobs", "People")
WIDE, PHONE = (1280, 900), (390, 844)
LONGEST = 60_000
"""Milliseconds that a busy machine may take; a quiet one takes a second or two."""


@dataclass
class Site:
    """The command's server, and a browser."""

    url: str
    browser: Any
    foreign: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    breaks: int = 0

    @contextmanager
    def page(self, tab: str, size: tuple[int, int] = WIDE, scheme: str = "light") -> Iterator[Any]:
        """A tab, once its figures are there."""
        view = {"width": size[0], "height": size[1]}
        context = self.browser.new_context(
            viewport=view, color_scheme=scheme, timezone_id="America/Los_Angeles"
        )
        page = context.new_page()
        page.set_default_timeout(LONGEST)
        page.on("request", lambda request: self._note(request.url))
        page.on("console", lambda output: self._complain(output.text) if output.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self._open(page, tab)
        try:
            yield page
        finally:
            context.close()

    def _open(self, page: Any, tab: str) -> None:
        """Once more where the machine's network changed meanwhile: Chromium then drops what it is loading."""
        for _ in range(3):
            seen = self.breaks
            page.goto(f"{self.url}/{tab.lower()}")
            try:
                settled(page, tab)
            except Exception:
                if seen == self.breaks:
                    raise
            else:
                return
        raise AssertionError("the network changed at each of three attempts")

    def _complain(self, text: str) -> None:
        if "ERR_NETWORK_CHANGED" in text:
            self.breaks += 1
        else:
            self.complaints.append(text)

    def _note(self, url: str) -> None:
        if urlsplit(url).scheme not in ("data", "blob") and urlsplit(url).hostname != "127.0.0.1":
            self.foreign.append(url)


def settled(page: Any, tab: str) -> None:
    """Waits until the tab is the chosen one and its figures are there."""
    page.locator("nav a[aria-current=page]", has_text=tab).wait_for()
    page.locator("main section").first.wait_for()


@pytest.fixture(scope="module")
def site(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    with open_warehouse(f"duckdb:///{built.path}").exclusive() as path:
        shutil.copy(path, folder / "fieldhouse.duckdb")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    at = CommandRunner(folder, {"WAREHOUSE__URL": "duckdb:///fieldhouse.duckdb"})
    process = at.process("dashboard", "--port", f"{port}", "--max-age", "5000h")
    try:
        answered(f"http://127.0.0.1:{port}/alive", process)
        with browser() as opened:
            yield Site(f"http://127.0.0.1:{port}", opened)
    finally:
        process.terminate()
        process.communicate()


def answered(url: str, process: subprocess.Popen[str]) -> None:
    """Waits for a server's first answer."""
    pause, end = threading.Event(), time.monotonic() + LONGEST / 1000
    while time.monotonic() < end:
        assert process.poll() is None, process.communicate()
        try:
            with urlopen(url) as answer:
                assert answer.status == 200
                return
        except URLError:
            pause.wait(0.1)
    raise AssertionError(f"{url} did not answer")


def picture(page: Any, name: str, width: int, height: int) -> None:
    """A picture for the docs, where they are wanted."""
    if folder := os.environ.get("FIELDHOUSE_PICTURES"):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(1500)
        page.screenshot(path=str(Path(folder) / name))


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_opens_without_an_error_and_without_the_network(site: Site, tab: str) -> None:
    with site.page(tab) as page:
        assert page.get_by_text("The database refused").count() == 0
        assert page.locator(".chart svg, .ranking, .cards").count() >= 1
        picture(page, f"dashboard-{tab.lower()}.png", 1280, 1150)
    assert site.foreign == []
    assert site.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("tab", TABS)
def test_an_accessibility_checker_finds_nothing(site: Site, tab: str, scheme: str) -> None:
    """Light on a wide screen and dark on a phone; in the long version all four."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    for size in in_long_runs((WIDE, PHONE), (WIDE,) if scheme == "light" else (PHONE,)):
        with site.page(tab, size, scheme) as page:
            page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
            violations = [
                (one["id"], one["impact"], [node["html"][:120] for node in one["nodes"][:3]])
                for one in axe.Axe().run(page).response["violations"]
            ]
            assert violations == []


def test_the_keyboard_alone_reaches_tabs_and_queries(site: Site) -> None:
    with site.page("Health") as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.locator("nav a", has_text="Tickets").focus()
        page.keyboard.press("Enter")
        settled(page, "Tickets")
        assert page.url.endswith("/tickets")
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.innerText").startswith("SQL"):
                break
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
        code = page.locator("code", has_text="ticket_metrics").first
        assert code.is_hidden()
        page.keyboard.press("Enter")
        code.wait_for(state="visible")


@pytest.mark.parametrize("tab", TABS)
def test_a_phone_shows_all_of_it_in_its_width(site: Site, tab: str) -> None:
    with site.page(tab, PHONE) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
        words = "[...document.querySelectorAll('main p, main span, main td')]"
        sizes = page.evaluate(f"{words}.map(e => parseFloat(getComputedStyle(e).fontSize))")
        assert min(sizes) >= 12
        for figure in page.locator(".chart, .ranking").all():
            box = figure.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= PHONE[0]
        picture(page, f"dashboard-{tab.lower()}-phone.png", 390, 1100)


def test_it_is_dark_where_the_reader_wants_it_dark(site: Site) -> None:
    shade = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3)"
    with site.page("Hours", scheme="dark") as page:
        assert sum(map(int, page.evaluate(shade))) < 150
    with site.page("Hours", scheme="light") as page:
        assert sum(map(int, page.evaluate(shade))) > 600


def test_a_period_is_chosen_and_stands_in_the_address_and_in_the_query(site: Site) -> None:
    """The browser stands in Los Angeles, where midnight in UTC is the day before."""
    with site.page("Shifts") as page:
        page.locator("select[name=period]").select_option("Next 7 days")
        page.wait_for_url("**period=Next+7+days*")
        page.locator("code", has_text="date '2026-11-08'").first.wait_for(state="attached")
        page.locator(".chart svg").first.wait_for()


def test_an_account_is_chosen_by_its_box(site: Site) -> None:
    with site.page("Tickets") as page:
        page.get_by_text("Accounts: all").click()
        page.get_by_role("checkbox", name="notific").click()  # the page is left at once
        page.wait_for_url("**account=notific*")
        page.locator("code", has_text="account in ('notific')").first.wait_for(state="attached")


def test_a_printed_page_has_the_figures_and_no_controls(site: Site) -> None:
    with site.page("Tickets") as page:
        page.emulate_media(media="print")
        assert page.locator("nav").is_hidden()
        assert page.locator("form.filters").is_hidden()
        assert page.locator(".chart").first.is_visible()
