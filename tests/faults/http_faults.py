"""Faults of the vendor and of the line: what comes back instead of the honest answer, and when."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from fieldhouse.sources.sandbox.sandbox import Answer, Call

Change = Callable[[Call, Answer], Answer]
FOR_EVER = 1_000_000
LOGIN_PAGE = (
    b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><form>Password</form></body></html>"
)
UNAVAILABLE = b"<html><head><title>503 Service Temporarily Unavailable</title></head><body></body></html>"
ADDRESSES = {
    "tickets": "/tickets",
    "work_orders": "/WorkOrders",
    "jobs": "/jobs",
    "shifts": "shift.list",
    "groups": "/groups",
    "leads": "/Leads",
    "tasks": "/tasks",
    "operators": "/Operators",
    "roles": "role.list",
    "Tickets": "/Tickets",
}
"""A table's list: the end of its path, or the name of its method."""


@dataclass
class FaultyAnswers:
    """A fault: calls that match, from the ``at``-th on and ``times`` of them, get what ``change`` makes of the answer.

    ``seen`` counts the calls that match, ``spoilt`` those that were changed.
    """

    change: Change
    at: int = 1
    times: int = 1
    matches: Callable[[Call], bool] = lambda call: True
    seen: int = 0
    changed: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, call: Call, honest: Answer) -> Answer | None:
        if not self.matches(call):
            return None
        with self._lock:
            self.seen += 1
            if not self.at <= self.seen < self.at + self.times:
                return None
            self.changed += 1
        return self.change(call, honest)


def asking_for(vendor: str, table: str) -> Callable[[Call], bool]:
    """Calls of a table's list, single records not among them; a batch counts where it holds such a call."""
    address = ADDRESSES[table]
    if vendor == "notific":
        address = f"/{table.title()}"

    def matches(call: Call) -> bool:
        if vendor == "shiftboard":
            return f'"{address}"'.encode() in call.body
        return call.path.removesuffix(".xml").endswith(address)

    return matches


def status(code: int, body: bytes = b"", **headers: str) -> Change:
    """Another status."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda call, honest: Answer(code, body, named)


def body(change: Callable[[bytes], bytes], content_type: str = "") -> Change:
    """The same status with another body."""

    def changed(call: Call, honest: Answer) -> Answer:
        headers = {**honest.headers, **({"Content-Type": content_type} if content_type else {})}
        return replace(honest, body=change(honest.body), headers=headers)

    return changed


def headers(**added: str) -> Change:
    named = {name.replace("_", "-"): value for name, value in added.items()}
    return lambda call, honest: replace(honest, headers={**honest.headers, **named})


def cut(share: float) -> Change:
    """The connection ends after that share of the body."""
    return lambda call, honest: replace(honest, cut=int(len(honest.body) * share))


def broken(call: Call, honest: Answer) -> Answer:
    """The connection is reset before the first byte."""
    raise ConnectionResetError("reset by the peer")


def late(call: Call, honest: Answer) -> Answer:
    """The answer does not come in time."""
    raise httpx.ReadTimeout("too late")


def unreachable(call: Call, honest: Answer) -> Answer:
    """No new connection, in the middle of a sync."""
    raise httpx.ConnectError("Connection refused")


def zipped_and_cut(call: Call, honest: Answer) -> Answer:
    """A compressed body that lacks its end."""
    compressed = gzip.compress(honest.body)
    return replace(
        honest,
        body=compressed[: len(compressed) * 2 // 3],
        headers={**honest.headers, "Content-Encoding": "gzip"},
    )


XML_ERROR = b'<?xml version="1.0"?><errors><error>Something went wrong</error></errors>'
RPC_ERROR = b'{"jsonrpc":"2.0","id":"1","error":{"code":-32603,"message":"Internal error"}}'
SOAP_FAULT = (
    b'<?xml version="1.0"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
    b"<soap:Fault><faultcode>soap:Server</faultcode><faultstring>No</faultstring></soap:Fault></soap:Body>"
    b"</soap:Envelope>"
)
BODIES: dict[str, Change] = {
    "truncated": body(lambda honest: honest[: len(honest) // 2]),
    "trailing-junk": body(lambda honest: honest + b"}<!-- -->"),
    "empty": body(lambda honest: b""),
    "blank": body(lambda honest: b" \r\n"),
    "no-content": lambda call, honest: Answer(204),
    "login-page": body(lambda honest: LOGIN_PAGE, "text/html; charset=utf-8"),
    "login-page-as-data": body(lambda honest: LOGIN_PAGE),
    "unavailable-page": lambda call, honest: Answer(503, UNAVAILABLE, {"Content-Type": "text/html"}),
    "xml-error": body(lambda honest: XML_ERROR, "application/xml"),
    "rpc-error": body(lambda honest: RPC_ERROR),
    "soap-fault": body(lambda honest: SOAP_FAULT, "text/xml"),
    "gzip-without-gzip": headers(Content_Encoding="gzip"),
    "gzip-cut": zipped_and_cut,
    "utf-16": body(lambda honest: honest.decode().encode("utf-16")),
    "latin-1": body(lambda honest: b'[{"id": "caf\xe9"}]'),
    "null": body(lambda honest: b"null"),
    "object": body(lambda honest: b"{}"),
    "text": body(lambda honest: b'"ok"'),
    "number": body(lambda honest: b"0"),
    "list-of-junk": body(lambda honest: b'[null, 1, "a", []]'),
}
"""Answers that must never be taken for a table without rows."""
HARMLESS: dict[str, Change] = {
    "byte-order-mark": body(lambda honest: b"\xef\xbb\xbf" + honest),
    "another-type": lambda call, honest: replace(
        honest, headers={**honest.headers, "Content-Type": "text/plain; charset=utf-8"}
    ),
    "zipped": lambda call, honest: replace(
        honest, body=gzip.compress(honest.body), headers={**honest.headers, "Content-Encoding": "gzip"}
    ),
}
"""Answers that are odd and whole."""


def rows_of(value: Any) -> list[Any] | None:
    """The rows of a page in JSON, to be changed in place; None where there is no list."""
    if isinstance(value, list):
        return value
    rows = value.get("Data") if isinstance(value, dict) else None
    return rows if isinstance(rows, list) else None
