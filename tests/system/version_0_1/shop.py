"""A small vendor: its answers, the same for every version of fieldhouse; and its declaration."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import orjson

from fieldhouse.pipelines.config.account import Account
from fieldhouse.sources.engine.http.auth import Header
from fieldhouse.sources.engine.http.client import Api
from fieldhouse.sources.engine.http.messages import HttpRequest
from fieldhouse.sources.engine.http.pagination import PageInfo, PageNumber, Single
from fieldhouse.sources.engine.spec.account_settings import AccountSettings
from fieldhouse.sources.engine.spec.incremental import Incremental, ServerTime
from fieldhouse.sources.engine.spec.reads import Detail, PerParent, Window
from fieldhouse.sources.engine.spec.row import Id, Int, Row, Text, Timestamp
from fieldhouse.sources.engine.spec.table import Table
from fieldhouse.sources.engine.spec.vendor import Vendor

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
ORDERS = [
    {"id": id, "name": f"order {id}", "updated_at": f"2026-10-{1 + id % 28:02d}T08:00:00Z"}
    for id in range(1, 26)
]
VISITS = [{"id": 100 + id, "day": f"2026-{1 + id % 10:02d}-15", "note": f"visit {id}"} for id in range(12)]
TAGS = [{"id": f"t{id}", "label": f"tag {id}"} for id in range(7)]
PAGE = 10


def answer(request: httpx.Request, log: list[str]) -> httpx.Response:
    """The vendor's answer; its clock shows the present time."""
    params = dict(request.url.params)
    path = request.url.path
    shown = "&".join(f"{name}={value}" for name, value in sorted(params.items()))
    log.append(f"{path}?{shown}" if shown else path)
    headers = {"Date": format_datetime(datetime.now(UTC), usegmt=True)}
    return httpx.Response(200, headers=headers, content=json.dumps(_document(path, params)))


def _document(path: str, params: dict[str, str]) -> Any:
    if path == "/orders":
        rows = [
            _listed(row) for row in ORDERS if _instant(row["updated_at"]) >= _instant(params.get("since"))
        ]
        return _page(sorted(rows, key=lambda row: int(row["id"])), params)
    if path.startswith("/orders/"):
        (row,) = [row for row in ORDERS if str(row["id"]) == path.removeprefix("/orders/")]
        return row
    if path == "/changes":
        rows = [row for row in ORDERS if _instant(row["updated_at"]) >= _instant(params.get("since"))]
        return _page(rows, params)
    if path == "/items":
        order = int(params["order"])
        return _page(
            [{"id": order * 10 + n, "order_id": order, "amount": n} for n in range(order % 3)], params
        )
    if path == "/visits":
        rows = [row for row in VISITS if params["from"] <= str(row["day"]) <= params["to"]]
        return {"rows": rows, "next": None}
    return _page(TAGS, params)


def _listed(row: dict[str, Any]) -> dict[str, Any]:
    """Orders as the list shows them: without their times, which only the detail tells."""
    return {"id": row["id"], "name": row["name"]}


def _page(rows: list[Any], params: dict[str, str]) -> dict[str, Any]:
    start = (int(params.get("page", 1)) - 1) * PAGE
    return {"rows": rows[start : start + PAGE]}


def _instant(text: str | None) -> datetime:
    return datetime.fromisoformat(text) if text else datetime(1, 1, 1, tzinfo=UTC)


class Order(Row):
    id: Id
    name: Text
    updated_at: Timestamp


class Product(Row):
    id: Id
    name: Text
    updated_at: Timestamp


class Item(Row):
    id: Id
    order_id: Id
    amount: Int


class Visit(Row):
    id: Id
    day: Text
    note: Text


class Tag(Row):
    id: Id
    label: Text


CHANGED = Incremental(params=lambda cursor: {"since": cursor.isoformat()}, cursor_field="updated_at")
TABLES = (
    Table(
        name="orders",
        path="orders",
        row=Order,
        records="rows",
        incremental=CHANGED,
        detail=Detail(path="orders/{id}"),
    ),
    Table(name="products", path="changes", row=Product, records="rows", incremental=CHANGED),
    Table(
        name="items",
        path="items",
        row=Item,
        records="rows",
        per_parent=PerParent(parent="orders", params=lambda keys: {"order": keys[0]}),
        deletes="replace-per-parent",
    ),
    Table(
        name="visits",
        path="visits",
        row=Visit,
        records="rows",
        pager=Single(),
        window=Window(
            params=lambda first, last: {"from": f"{first:%Y-%m-%d}", "to": f"{last:%Y-%m-%d}"}, field="day"
        ),
        deletes="window-scan",
    ),
    Table(name="tags", path="tags", row=Tag, records="rows"),
)


def account(log: list[str]) -> Account:
    """The vendor's account; ``log`` receives the requests. Neither sweeps nor old details are due by themselves."""
    vendor = Vendor(
        name="shop",
        title="Shop",
        tables=TABLES,
        settings=AccountSettings,
        connect=lambda settings: _api(log),
        pager=PageNumber(),
        server_time=lambda client: ServerTime(NOW),
    )
    long = timedelta(days=36_500)
    settings = AccountSettings(base_url="https://api.example.com", sweep_every=long, detail_max_age=long)
    return Account(vendor, "shop", settings)


def _api(log: list[str]) -> Api:
    return Api(
        base_url="https://api.example.com",
        auth=Header("X-Key", "hidden"),
        encode=lambda request: HttpRequest(
            "GET", f"/{request.path}", tuple((name, str(value)) for name, value in request.params.items())
        ),
        decode=lambda response, request: orjson.loads(response.body),
        page_info=_page_info,
        extra={
            "transport": {
                "wire": httpx.MockTransport(lambda request: answer(request, log)),
                "sleep": lambda seconds: None,
            }
        },
    )


def _page_info(document: Any, records: list[Any]) -> PageInfo:
    return PageInfo(len(records), None, document.get("next") if isinstance(document, dict) else None)
