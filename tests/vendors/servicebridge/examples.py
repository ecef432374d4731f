"""The account of these tests, and answers of ServiceBridge made by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

COMPLETE = [
    "products",
    "services",
    "charge_types",
    "inventory_groups",
    "units",
    "customer_categories",
    "marketing_categories",
    "marketing_campaigns",
    "job_categories",
    "job_templates",
    "payment_methods",
    "taxes",
    "terms",
    "teams",
    "sales_representatives",
    "accounts",
    "custom_fields",
]
ACCOUNT = {"user_id": "550000017", "password": "secret-word"}


def wire(answers: Callable[[httpx.Request], httpx.Response]) -> httpx.MockTransport:
    """A wire that lets everybody in, and asks ``answers`` for the rest."""

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/Login"):
            return httpx.Response(200, json={"Data": "key-1", "Success": True, "Error": None})
        return answers(request)

    return httpx.MockTransport(handle)


def listed(*records: Any, total: int | None = None) -> httpx.Response:
    body = {
        "TotalCount": len(records) if total is None else total,
        "Data": list(records),
        "Success": True,
        "Error": None,
    }
    return httpx.Response(200, json=body)
