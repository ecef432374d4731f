"""The dashboard as a web application: one page per tab, tables as CSV, and nothing that needs the network.

`fieldhouse dashboard` serves it on loopback. Every page is complete HTML; a script of a few lines only sends the
form when a choice changes and reads the page again each minute.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from fieldhouse.warehouse.errors import WarehouseError

from . import page
from .filters import OTHER
from .query import marts, names, render
from .reader import Absent, Reader
from .source import Place
from .tabs import HEALTH, TABS
from .wording import age, cell, day, moment

FOLDER = Path(__file__).parent
HOSTS = ("localhost", "127.0.0.1", "testserver")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; "
    "img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""Styles within the page are the widths of bars. No script of the page's own text runs."""


def application(place: Place, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Starlette:
    """The pages over one warehouse.

    Args:
        now: the clock by which data is old, UTC.
    """
    dashboard = _Dashboard(place, now)
    routes = [
        Route("/", lambda request: RedirectResponse(HEALTH.path)),
        Route("/alive", lambda request: PlainTextResponse("ok")),
        Route("/csv/{query}", dashboard.csv),
        *(Route(tab.path, dashboard.tab) for tab in TABS),
        Mount("/static", StaticFiles(directory=FOLDER / "static")),
    ]
    return Starlette(routes=routes, middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(HOSTS))])


class _Dashboard:
    def __init__(self, place: Place, now: Callable[[], datetime]) -> None:
        self.place, self.now = place, now
        self.reader = Reader(place)
        self.templates = Environment(
            loader=FileSystemLoader(FOLDER / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.templates.filters |= {"cell": cell, "day": day}
        self.templates.globals |= {"moment": moment, "age": age}

    async def tab(self, request: Request) -> Response:
        return await run_in_threadpool(self._tab, request)

    async def csv(self, request: Request) -> Response:
        return await run_in_threadpool(self._csv, request)

    def _tab(self, request: Request) -> Response:
        tab = next(tab for tab in TABS if tab.path == request.url.path)
        common = {"tabs": TABS, "tab": tab, "place": self.place, "now": self.now(), "other": OTHER}
        try:
            known = page.look(self.reader)
            if known is None:
                return self._html("empty.html", common | {"reason": "empty", "text": self.place.display})
            return self._html("tab.html", common | self._content(request, tab, known))
        except Absent as absent:
            return self._html("empty.html", common | {"reason": "absent", "text": str(absent)}, 404)
        except WarehouseError as error:
            reason = "later" if error.retry else "settings"
            return self._html("empty.html", common | {"reason": reason, "text": str(error)}, 503)

    def _content(self, request: Request, tab: Any, known: page.Warehouse) -> dict[str, Any]:
        chosen = page.parameters(tab, request.query_params.multi_items(), known)
        choice = chosen.choice(known.accounts, known.today, known.week)
        choice = page.replace_age(choice, self.place.max_age_hours)
        content = page.content(tab, self.reader, known, choice, self.place)
        as_of, is_old = page.data_as_of(known, self.place.max_age_hours, self.now())
        return {
            "known": known,
            "chosen": chosen,
            "teams": page.teams(tab, self.reader, known, choice),
            "blocks": content.blocks,
            "reading": content.reading,
            "as_of": as_of,
            "is_old": is_old,
            "are_figures_old": page.are_figures_old(known, self.now()),
            "missing": page.missing_vendors(tab, known.accounts),
            "needs_build": page.needs_build(tab, known),
            "query_string": urlencode(request.query_params.multi_items()),
            "other_choices": urlencode(
                [pair for pair in request.query_params.multi_items() if pair[0] != "team"]
            ),
            "cards": content.cards,
            "states": content.states,
        }

    def _csv(self, request: Request) -> Response:
        name = request.path_params["query"]
        tab = next((tab for tab in TABS if name in page.queries(tab)), None)
        if name not in names() or tab is None:
            return PlainTextResponse(f"There is no query {name!r}.", 404, headers=_HEADERS)
        try:
            known = page.look(self.reader)
        except (Absent, WarehouseError) as error:
            return PlainTextResponse(str(error), 503, headers=_HEADERS)
        if known is None or not marts(name) <= known.marts:
            return PlainTextResponse(
                "The marts are not built yet: run `fieldhouse build`.", 404, headers=_HEADERS
            )
        chosen = page.parameters(tab, request.query_params.multi_items(), known)
        choice = page.replace_age(
            chosen.choice(known.accounts, known.today, known.week), self.place.max_age_hours
        )
        (answer,) = self.reader.read([render(name, choice)]).answers
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(answer.columns)
        writer.writerows(["" if value is None else _safe(value) for value in row] for row in answer.rows)
        disposition = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
        return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=_HEADERS | disposition)

    def _html(self, template: str, values: dict[str, Any], status: int = 200) -> HTMLResponse:
        return HTMLResponse(self.templates.get_template(template).render(values), status, _HEADERS)


def _safe(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula begins with an apostrophe."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@")) else value
