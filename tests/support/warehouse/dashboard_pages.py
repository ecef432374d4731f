"""Pages of the dashboard as their readers get them."""

from __future__ import annotations

import asyncio
import html
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import duckdb
import httpx

from fieldhouse.warehouse.dashboard.source import Place

TABS = ("Health", "Tickets", "Shifts", "Hours", "Jobs", "People")
NOW = datetime(2026, 11, 2, 15, tzinfo=UTC)
_TAGS = re.compile(r"<[^>]+>")


@dataclass(frozen=True)
class Page:
    """A page as its readers get it."""

    status: int
    body: str

    @property
    def text(self) -> str:
        """All words, one space between them."""
        return re.sub(r"\s+", " ", html.unescape(_TAGS.sub(" ", self.body)))

    @property
    def sql(self) -> list[str]:
        """The queries that the page shows."""
        return [html.unescape(code) for code in re.findall(r"<pre[^>]*><code>(.*?)</code>", self.body, re.S)]

    @property
    def tiles(self) -> dict[str, str]:
        """Label -> value of every number."""
        pairs = re.findall(r'<p class="name">(.*?)</p>\s*<p class="value">(.*?)</p>', self.body)
        return {html.unescape(name): html.unescape(value) for name, value in pairs}

    @property
    def landmarks(self) -> list[str]:
        """The names of the parts between which a screen reader jumps; one that is given by an id is that text."""
        texts = dict(re.findall(r'<h\d id="([^"]*)">(.*?)</h\d>', self.body))
        tags = re.findall(r'<(?:section|nav|aside|\w+[^>]* role="region")[^>]*>', self.body)
        names = [re.search(r'aria-label(ledby)?="([^"]*)"', tag) for tag in tags]
        return [texts[name[2]] if name[1] else name[2] for name in names if name]

    @property
    def tables(self) -> list[list[list[str]]]:
        """The cells of every table, the titles first."""
        results = []
        for table in re.findall(r"<table>(.*?)</table>", self.body, re.S):
            lines = re.findall(r"<tr[^>]*>(.*?)</tr>", table, re.S)
            cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line, re.S) for line in lines]
            results.append([[html.unescape(_TAGS.sub("", cell)) for cell in line] for line in cells])
        return results


def get(place: Place, path: str, **parameters: Any) -> Page:
    """One page; a list as a parameter is given several times."""
    from fieldhouse.warehouse.dashboard.app import application

    async def ask() -> Page:
        transport = httpx.ASGITransport(app=application(place, now=lambda: NOW))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            answer = await client.get(f"{path}?{urlencode(parameters, doseq=True)}")
            return Page(answer.status_code, answer.text)

    return asyncio.run(ask())


def shown(place: Place, tab: str, **parameters: Any) -> Page:
    return get(place, f"/{tab.lower()}", **parameters)


def rows_of(path: Path, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    with duckdb.connect(str(path), read_only=True) as db:
        db.execute("SET TimeZone = 'UTC'")
        answer = db.execute(sql)
        return [column[0] for column in answer.description], answer.fetchall()
