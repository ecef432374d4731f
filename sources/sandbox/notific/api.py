"""A sandbox for Notific's REST API (ASP.NET Web API, self-hosted), as strict as its text.

The key stands in the query of every request; ``Accept`` must name JSON or XML; times are UTC without a zone.
Only reads are served: anything but GET is refused with 405 and counted in ``writes``.
"""

from __future__ import annotations

import orjson

from fieldhouse.sources.sandbox.rate_limits import SlidingWindow
from fieldhouse.sources.sandbox.sandbox import Answer, Call, Clock, json_body

from . import xml as notific_xml
from .state import KINDS, NotificState

_LOGIN = b"<!DOCTYPE html><html><head><title>Log in</title></head><body><form>Password</form></body></html>"


class NotificSandbox(NotificState):
    """``size`` 1.0 is 300 tickets, 150 customers, 20 services and 10 operators.

    - ``restricted``: collections (``"Customers"``) that answer 403.
    - ``html``: every request gets a login page with status 200, as behind a misplaced proxy.
    - ``writes``: how many requests were not reads.
    """

    def __init__(
        self, seed: int = 7, size: float = 1.0, clock: Clock | None = None, *, edge_cases: bool = False
    ) -> None:
        super().__init__(seed, size, clock, edge_cases=edge_cases)
        self.api_key = "d5XNMpburJBfJVJd"
        self.restricted: set[str] = set()
        self.html = False
        self.writes = 0
        self._printed: dict[tuple[str, bool], tuple[int, bytes]] = {}
        self._window = SlidingWindow()

    def settings(self, base_url: str) -> dict[str, str]:
        return {"base_url": base_url, "api_key": self.api_key}

    def answer(self, call: Call) -> Answer:
        if call.method != "GET":
            self.writes += 1
            return _refuse(405, "The requested resource does not support this method.")
        if self.html:
            return Answer(200, _LOGIN, {"Content-Type": "text/html; charset=utf-8"})
        throttled = self._window.refuse(self.limits, self.clock.now())
        if throttled:
            return throttled
        if call.first("key") != self.api_key:
            return _refuse(401, "Authorization has been denied for this request.")
        xml = _wants_xml(call.headers.get("accept", ""))
        if xml is None:
            return Answer(406)
        match call.path.split("/"):
            case ["", "api", collection] if collection.lower() in KINDS and collection.istitle():
                return self._collection(collection, xml)
            case ["", "api", collection, number] if collection.lower() in KINDS and collection.istitle():
                return self._entity(collection, number, xml)
        return _refuse(404, "No HTTP resource was found that matches the request.")

    def _collection(self, collection: str, xml: bool) -> Answer:
        if collection in self.restricted:
            return _refuse(403, "Not allowed.")
        table = collection.lower()
        version, body = self._printed.get((table, xml), (-1, b""))
        if version != self.version:
            rows = self.shown(table)
            body = notific_xml.array(KINDS[table], rows) if xml else json_body(rows)
            self._printed[table, xml] = (self.version, body)
        return Answer(200, body, _typed(xml))

    def _entity(self, collection: str, number: str, xml: bool) -> Answer:
        table = collection.lower()
        if collection in self.restricted:
            return _refuse(403, "Not allowed.")
        row = self.rows[table].get(int(number)) if number.isascii() and number.isdigit() else None
        if row is None:
            return _refuse(404, "Not found.")
        shown = self.dressed(table, row)
        return Answer(
            200, notific_xml.document(KINDS[table], shown) if xml else json_body(shown), _typed(xml)
        )


def _wants_xml(accept: str) -> bool | None:
    """False for JSON, which goes first where both are named; None where neither is."""
    named = {part.partition(";")[0].strip().lower() for part in accept.split(",")}
    if "application/json" in named:
        return False
    return True if "application/xml" in named else None


def _typed(xml: bool) -> dict[str, str]:
    return {"Content-Type": f"application/{'xml' if xml else 'json'}; charset=utf-8"}


def _refuse(status: int, message: str) -> Answer:
    return Answer(status, orjson.dumps({"Message": message}), _typed(False))
