"""A Shiftboard that replies with given answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx

from fieldhouse.sources.engine.http.pagination import Request

ACCESS = "57a67b3b-34e4-4c07-a8ca-e7ecb77a7f33"
KEY = "Xuzh+MDxcW9/CLPD1Z2wiSX51LVrQrStEZPQWk0P"
SETTINGS = {"access_key_id": ACCESS, "signature_key": KEY}
ROLES = Request("role.list", {"page": {"batch": 1000, "start": 1}})


def replying(
    body: Callable[[Any], Any], status: int = 200
) -> tuple[httpx.MockTransport, list[httpx.Request]]:
    """A wire that answers each parsed body with ``body`` of it, and what was sent to it."""
    sent: list[httpx.Request] = []

    def reply(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(status, json=body(json.loads(request.content)))

    return httpx.MockTransport(reply), sent
