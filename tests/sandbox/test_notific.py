"""The Notific sandbox is as strict as the vendor's text, and its truth is what its API gives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import httpx
import pytest

from fieldhouse.sources.sandbox.notific.api import NotificSandbox
from fieldhouse.sources.sandbox.notific.state import KINDS
from fieldhouse.sources.sandbox.server import serve

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?")


@pytest.fixture
def sandbox() -> NotificSandbox:
    return NotificSandbox(size=0.2, edge_cases=True)


@pytest.fixture
def http(sandbox: NotificSandbox) -> Iterator[httpx.Client]:
    with serve(sandbox) as urls:
        settings = sandbox.settings(urls["notific"])
        with httpx.Client(
            base_url=settings["base_url"],
            params={"key": settings["api_key"]},
            headers={"Accept": "application/json"},
            trust_env=False,
        ) as http:
            yield http


def crawl(http: httpx.Client) -> dict[str, Any]:
    return {table: http.get(f"/api/{table.title()}").json() for table in KINDS}


def test_truth_is_what_the_api_gives_before_and_after_edits(
    sandbox: NotificSandbox, http: httpx.Client
) -> None:
    first = crawl(http)
    assert first == sandbox.truth()
    sandbox.clock.advance(hours=1)
    assert len(sandbox.edit(200)) == 200
    second = crawl(http)
    assert second == sandbox.truth()
    assert all(second[table] != first[table] for table in KINDS)
    row = second["tickets"][4]
    assert http.get(f"/api/Tickets/{row['Id']}").json() == row


def test_key_is_required(http: httpx.Client) -> None:
    assert http.get("/api/Tickets", params={"key": "wrong"}).status_code == 401
    bare = httpx.get(http.base_url.join("/api/Tickets"), headers={"Accept": "application/json"})
    assert bare.status_code == 401


@pytest.mark.parametrize(
    ("accept", "status", "kind"),
    [
        ("application/json, application/xml", 200, "application/json"),
        ("application/xml;q=0.9", 200, "application/xml"),
        ("*/*", 406, None),
        ("text/html", 406, None),
        ("", 406, None),
    ],
)
def test_accept_must_name_one(http: httpx.Client, accept: str, status: int, kind: str | None) -> None:
    answer = http.get("/api/Services", headers={"Accept": accept})
    assert answer.status_code == status
    assert answer.headers.get("content-type", "").startswith(kind or "")


def text(element: Element) -> Any:
    """The plain value under an element, as XML can tell it."""
    if element.get(NIL) == "true":
        return None
    if len(element):
        return [
            {field.tag.rpartition("}")[2]: text(field) for field in one} if len(one) else one.text
            for one in element
        ]
    return element.text or ""


def as_json(value: Any) -> Any:
    if isinstance(value, list):
        return [
            {k: as_json(v) for k, v in one.items()} if isinstance(one, dict) else str(one) for one in value
        ] or ""
    return value if value is None else str(value)


def test_xml_says_the_same(sandbox: NotificSandbox, http: httpx.Client) -> None:
    for table, kind in KINDS.items():
        root = fromstring(http.get(f"/api/{table.title()}", headers={"Accept": "application/xml"}).content)
        assert root.tag.rpartition("}")[2] == f"ArrayOf{kind}"
        rows = [{field.tag.rpartition("}")[2]: text(field) for field in row} for row in root]
        assert rows == [
            {name: as_json(value) for name, value in row.items()} for row in sandbox.truth()[table]
        ]
        assert all(list(row) == sorted(row) for row in rows)
    one = fromstring(http.get("/api/Customers/1", headers={"Accept": "application/xml"}).content)
    assert one.tag.endswith("}Customer")


def test_times_have_no_zone(sandbox: NotificSandbox) -> None:
    tickets = sandbox.truth()["tickets"]
    times = [row[name] for row in tickets for name in row if name.endswith("Time") and row[name]]
    assert all(TIME.fullmatch(one) for one in times)
    assert any("." in one for one in times)
    assert {row["ClosedTime"] is None for row in tickets} == {True, False}


def test_only_reads_are_served(sandbox: NotificSandbox, http: httpx.Client) -> None:
    before = sandbox.truth()
    statuses = [
        http.post("/api/Tickets", json={}).status_code,
        http.put("/api/Tickets/1", json={"Id": 1}).status_code,
        http.delete("/api/Tickets/1").status_code,
    ]
    assert statuses == [405, 405, 405]
    assert sandbox.writes == 3
    assert sandbox.truth() == before


def test_what_is_not_there(sandbox: NotificSandbox, http: httpx.Client) -> None:
    gone = sandbox.delete("customers")["Id"]
    for path in (f"/api/Customers/{gone}", "/api/Customers/x", "/api/Invoices", "/Tickets"):
        assert http.get(path).status_code == 404
    sandbox.restore("customers", gone)
    assert http.get(f"/api/Customers/{gone}").status_code == 200


def test_restricted_collections_and_a_login_page(sandbox: NotificSandbox, http: httpx.Client) -> None:
    sandbox.restricted.add("Customers")
    statuses = [http.get(f"/api/{path}").status_code for path in ("Customers", "Customers/1", "Tickets")]
    assert statuses == [403, 403, 200]
    sandbox.html = True
    answer = http.get("/api/Tickets")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_changes_and_new_fields_show(sandbox: NotificSandbox, http: httpx.Client) -> None:
    sandbox.change("customers", 3, Services=[], Email=None)
    assert http.get("/api/Customers/3").json()["Services"] == []
    sandbox.add_field("tickets", "Severity", lambda row: row["Id"] % 3)
    assert {row["Severity"] for row in http.get("/api/Tickets").json()} == {0, 1, 2}
    assert crawl(http) == sandbox.truth()


def test_the_same_seed_gives_the_same_rows() -> None:
    one, other = (
        NotificSandbox(seed=3, size=0.1, edge_cases=True),
        NotificSandbox(seed=3, size=0.1, edge_cases=True),
    )
    assert one.edit(40) == other.edit(40)
    assert one.truth() == other.truth() != NotificSandbox(seed=4, size=0.1, edge_cases=True).truth()


def test_a_limit_answers_429(sandbox: NotificSandbox, http: httpx.Client) -> None:
    sandbox.limits = ((1, 10),)
    assert http.get("/api/Services").status_code == 200
    answer = http.get("/api/Services")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "10")
