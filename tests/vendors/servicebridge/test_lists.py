"""ServiceBridge: addresses, totals, changeTime, rows, and what may be asked at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest
from pydantic import ValidationError

from fieldhouse.sources.engine.errors import (
    NoSuchRead,
    NotFound,
    PagesMoved,
    VendorChanged,
)
from fieldhouse.sources.engine.http.pagination import PageInfo, PageNumber, Request
from fieldhouse.sources.sandbox.server import serve
from fieldhouse.sources.sandbox.servicebridge.api import ServiceBridgeSandbox
from fieldhouse.sources.servicebridge import VENDOR, connect
from fieldhouse.sources.servicebridge.envelope import no_method
from tests.support.reader_harness import client, ordered, read
from tests.vendors.servicebridge.examples import ACCOUNT, COMPLETE, listed, wire

ORDER = {
    "Id": 8600000007,
    "Number": "WO 17",
    "Customer": {"Id": 9800000123, "Name": "Grace Ho"},
    "Date": "2026-03-01T00:00:00",
    "Total": 107.83,
    "WorkOrderLines": [{"Id": 1, "Quantity": 2.5, "Price": 40}],
    "Visits": [
        {
            "Id": 71,
            "StartTime": "2026-03-08T02:30:00.125",
            "TeamMembers": [{"Id": 5, "Name": "Ann"}, {"Id": 6, "Name": "Bo"}],
        }
    ],
    "Documents": [],
    "CustomFields": [{"Name": "Gate code", "Value": "0042"}],
    "Metadata": {"UpdatedOn": "2026-03-02T10:00:00", "CreatedBy": {"Id": 3, "Name": "Kim"}, "Version": 4},
    "Discount": {"Kind": "percent", "Of": {"Value": 3}},
}


@pytest.mark.parametrize(
    ("address", "root"),
    [("", "/api/v1"), ("", "/v1"), ("/api", "/api/v1"), ("/api/v1", "/api/v1"), ("/x/v4.5/", "/x/v4.5")],
)
def test_an_address_may_lack_api_or_hold_the_version(address: str, root: str) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        if not request.url.path.startswith(f"{root}/"):
            return httpx.Response(404)
        if request.url.path == f"{root}/Login":
            return httpx.Response(200, json={"Data": "key-1", "Success": True, "Error": None})
        return listed({"Id": 7}) if request.url.path == f"{root}/Terms" else httpx.Response(404)

    settings = {**ACCOUNT, "base_url": f"https://bridge.example{address}"}
    assert read(VENDOR, settings, "terms", wire=httpx.MockTransport(handle)).errors == {}


def test_lists_without_pages_may_refuse_them_or_have_some(sandbox: ServiceBridgeSandbox, place: str) -> None:
    reading = read(VENDOR, sandbox.settings(place), *COMPLETE)
    sandbox.refuses_pages = set(COMPLETE)
    assert ordered(read(VENDOR, sandbox.settings(place), *COMPLETE).rows) == ordered(reading.rows)
    sandbox.total_count_off = 2
    messages = read(VENDOR, sandbox.settings(place), "products", "terms")
    assert messages.errors == {}
    assert all("total differs" in " ".join(column.notes) for column in messages.outcomes.values())


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"Data": []}', b"<html>", b"null"])
def test_no_envelope_is_a_change_of_the_vendor(body: bytes) -> None:
    with (
        client(VENDOR, ACCOUNT, wire(lambda request: httpx.Response(200, content=body))) as asking,
        pytest.raises(VendorChanged),
    ):
        asking.get(Request("Leads"))


def test_an_unknown_method_is_no_proof_that_a_row_is_gone(sandbox: ServiceBridgeSandbox, place: str) -> None:
    assert isinstance(no_method(Request("Leads"), "v1"), NotFound)
    assert isinstance(no_method(Request("Leads/17"), "v1"), NoSuchRead)
    gone = sandbox.delete("leads")["Id"]
    with client(VENDOR, sandbox.settings(place)) as asking:
        with pytest.raises(NotFound):
            asking.get(Request(f"Leads/{gone}"))
        lead = sandbox.truth()["leads"][0]
        assert asking.get(Request(f"Leads/{lead['Id']}")) == lead


def test_requests_are_as_declared() -> None:
    urls: list[httpx.URL] = []

    def answers(request: httpx.Request) -> httpx.Response:
        urls.append(request.url)
        return listed()

    settings = {**ACCOUNT, "api_version": "v4.5"}
    swept = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    states = {"customers": {"cursor": "2026-11-01T08:30:00.250000Z", "swept_at": swept}}
    read(VENDOR, settings, "customers", "products", "terms", wire=wire(answers), states=states)
    queries = [(url.path, dict(url.params)) for url in urls]
    pages = {"page": "1", "pageSize": "500", "sessionKey": "key-1"}
    shown = {"includeInactiveCustomers": "true", "includeCustomFields": "True", **pages}
    assert queries == [
        ("/api/v4.5/Customers", {**shown, "changeTime": "2999-01-01T00:00:00"}),
        ("/api/v4.5/Customers", {**shown, "changeTime": "2026-11-01T08:15:00"}),
        ("/api/v4.5/Inventory/Products", {"includeCustomFields": "True", "sessionKey": "key-1"}),
        ("/api/v4.5/Terms", {"sessionKey": "key-1"}),
    ]


def test_an_ignored_change_time_is_said(sandbox: ServiceBridgeSandbox, place: str) -> None:
    sandbox.honours.discard("invoices")
    reading = read(VENDOR, sandbox.settings(place), "invoices", "payments")
    ignored, honoured = reading.outcomes["invoices"], reading.outcomes["payments"]
    assert (ignored.filter_proven, honoured.filter_proven) == (False, True)
    assert any("ignores the filter" in note for note in ignored.notes)
    newest = max(row["Metadata"]["UpdatedOn"] for row in sandbox.truth()["payments"])
    assert honoured.state is not None
    assert honoured.state.cursor == datetime.fromisoformat(f"{newest}Z")


@pytest.mark.parametrize("off", [-500, -3, 4])
def test_a_wrong_total_loses_no_row(off: int) -> None:
    sandbox = ServiceBridgeSandbox(size=2.5, edge_cases=True)
    sandbox.total_count_off = off
    with serve(sandbox) as urls:
        reading = read(VENDOR, sandbox.settings(urls["servicebridge"]), "contacts", "terms")
    assert len({row["id"] for row in reading.rows["contacts"]}) == 1000
    assert len({row["id"] for row in reading.rows["terms"]}) == 4
    assert any("total differs" in note for note in reading.outcomes["contacts"].notes)


@pytest.mark.parametrize("status", [200, 404])
@pytest.mark.parametrize(("off", "empty_times"), [(0, 1), (0, 1_000), (10**9, 1_000)])
def test_an_empty_page_between_others_is_no_end(off: int, empty_times: int, status: int) -> None:
    """The pages after it are read, and the list again; a list that keeps its gap is not called complete."""
    asked = []

    def handle(request: httpx.Request) -> httpx.Response:
        if "changeTime" in request.url.params:
            return listed()
        page = int(request.url.params["page"])
        asked.append(page)
        if page == 2 and asked.count(2) <= empty_times:
            return listed(total=1200 + off) if status == 200 else httpx.Response(404, json={})
        return listed(
            *({"Id": page * 1000 + place} for place in range({1: 500, 2: 500, 3: 200}.get(page, 0))),
            total=1200 + off,
        )

    reading = read(VENDOR, ACCOUNT, "contacts", wire=wire(handle))
    outcome, rows = reading.outcomes["contacts"], {row["id"] for row in reading.rows["contacts"]}
    if empty_times == 1:
        assert len(rows) == 1200
        assert outcome.error is None
    else:
        assert len(rows) == 700
        assert isinstance(outcome.error, PagesMoved)
        assert "a page between others was empty" in str(outcome.error)
        assert outcome.rows_deleted == 0
    assert len(asked) < 70


def test_totals_end_a_list_where_they_can_be_trusted() -> None:
    pager = PageNumber("page", "pageSize", 500)
    ask = Request("Leads")
    assert pager.after(ask, 1, PageInfo(40, 40), 40) is None
    assert pager.after(ask, 3, PageInfo(200, 1200), 1200) is None
    assert pager.after(ask, 1, PageInfo(500, 1200), 500) == pager.page(ask, 2)
    assert pager.after(ask, 1, PageInfo(500, 500), 500) == pager.page(ask, 2)
    assert pager.after(ask, 2, PageInfo(500, 1000), 1000) == pager.page(ask, 3)
    assert pager.after(ask, 2, PageInfo(500, 600), 1000) == pager.page(ask, 3)
    assert pager.after(ask, 3, PageInfo(0, 1000), 1000) is None


def test_a_work_order_becomes_rows() -> None:
    rows = read(VENDOR, ACCOUNT, "work_orders", wire=wire(lambda request: listed(ORDER))).rows
    (order,) = rows["work_orders"]
    assert order["id"] == 8600000007
    assert order["metadata__updated_on"] == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert (order["customer__id"], order["total"]) == (9800000123, Decimal("107.83"))
    assert (order["discount__kind"], order["discount__of__value"]) == ("percent", 3)
    (line,) = rows["work_orders__work_order_lines"]
    assert line == {"_parent_id": 8600000007, "_list_index": 0, "id": 1, "quantity": 2.5, "price": 40}
    (visit,) = rows["work_orders__visits"]
    assert visit["start_time"] == datetime(2026, 3, 8, 2, 30, 0, 125000, tzinfo=UTC)
    assert rows["work_orders__visits__team_members"] == [
        {"_parent_id": 71, "_root_id": 8600000007, "_list_index": at, "id": 5 + at, "name": name}
        for at, name in enumerate(("Ann", "Bo"))
    ]
    assert rows["work_orders__custom_fields"][0]["value"] == "0042"
    assert rows["work_orders__documents"] == []


def test_inactive_customers_are_read(sandbox: ServiceBridgeSandbox, place: str) -> None:
    rows = read(VENDOR, sandbox.settings(place), "customers").rows["customers"]
    assert {row["is_active"] for row in rows} == {True, False}


def test_nothing_but_declared_reads_can_be_asked() -> None:
    allowed = connect(VENDOR.settings(**ACCOUNT)).allowed
    assert all(
        allowed(Request(table.path)) and allowed(Request(f"{table.path}/17")) for table in VENDOR.tables
    )
    for path in ("Logout", "Customers/", "Customers/17/x", "Customers/x", "Inventory", "../Users", ""):
        assert not allowed(Request(path))


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"user_id": "5"}, "password"),
        ({"auth": "oauth", "app_id": "a", "app_secret": "b"}, "refresh_token, token_url"),
        ({**ACCOUNT, "api_version": "4.5"}, "v4.5"),
        ({**ACCOUNT, "auth": "token"}, "auth"),
        ({**ACCOUNT, "token_url": "id.example.com"}, "https://"),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, str], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        VENDOR.settings(**settings)


def test_settings_have_defaults() -> None:
    settings = VENDOR.settings(user_id=550000017, password="secret-word")
    assert (settings.base_url, settings.api_version) == ("https://cloud.servicebridge.com/api", "v1")
    assert (settings.auth, settings.user_id) == ("session", "550000017")
    assert "secret-word" in settings.secrets()
    assert "secret-word" not in repr(settings)
