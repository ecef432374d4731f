"""Notific: one answer per collection, JSON or XML with the same tables, and its sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from fieldhouse.sources.engine.errors import NotFound, VendorChanged
from fieldhouse.sources.engine.http.pagination import Request
from fieldhouse.sources.engine.normalize.parse_times import IMPOSSIBLE, UNFIT, timestamp_micros
from fieldhouse.sources.engine.redact import redact
from fieldhouse.sources.engine.spec.row import declared
from fieldhouse.sources.notific import VENDOR, connect
from fieldhouse.sources.notific.xml import parse
from fieldhouse.sources.sandbox.notific.api import NotificSandbox
from fieldhouse.sources.sandbox.server import serve
from fieldhouse.sources.sandbox.servicesidekick.xml import billion_laughs, deep_nesting
from tests.support.reader_harness import client, expected, ordered, read

INVENTORY: dict[str, set[str]] = {
    "tickets": set(),
    "customers": {"services"},
    "services": set(),
    "operators": set(),
}
ACCOUNT = {"base_url": "http://server", "api_key": "d5XNMpburJBfJVJd"}
SCHEMA = (
    'xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns="http://schemas.datacontract.org/2004/07/N"'
)
ARRAYS = 'xmlns:a="http://schemas.microsoft.com/2003/10/Serialization/Arrays"'
TICKET: dict[str, Any] = {
    "Id": 1,
    "Description": "Mail is slow",
    "StartTime": "2001-01-01T12:00:00",
    "EndTime": None,
    "NextUpdateTime": "2001-01-01T12:00:00.25",
    "ClosedTime": "",
}


@pytest.fixture
def sandbox() -> NotificSandbox:
    return NotificSandbox(size=0.2, edge_cases=True)


@pytest.fixture
def settings(sandbox: NotificSandbox) -> Iterator[dict[str, str]]:
    with serve(sandbox) as urls:
        yield sandbox.settings(urls["notific"])


def test_the_inventory_is_whole() -> None:
    assert [table.name for table in VENDOR.tables] == list(INVENTORY)
    for table in VENDOR.tables:
        children = {column.name for column in declared(table.row) if column.type is None}
        assert children == INVENTORY[table.name]
        assert (table.key, table.deletes) == (("id",), "full-scan")
        assert table.grain
        assert table.confirm == f"{table.path}/{{id}}"


@pytest.mark.parametrize("kind", ["json", "xml"])
def test_every_row_in_either_media_type(sandbox: NotificSandbox, settings: dict[str, str], kind: str) -> None:
    sandbox.add_field("tickets", "Severity", lambda row: row["Id"] % 3)
    sandbox.add_field("tickets", "Public", lambda row: row["Id"] % 2 == 0)
    sandbox.add_field("operators", "Load", lambda row: 0.5)
    sandbox.add_field("services", "Words", lambda row: [] if row["Id"] % 2 else ["a", "b"])
    reading = read(VENDOR, {**settings, "format": kind})
    assert reading.errors == {}
    assert ordered(reading.rows) == ordered(expected(VENDOR, sandbox.truth()))
    assert {"tickets__customer_ids", "customers__services", "services__words"} <= set(reading.rows)
    assert sandbox.calls == {
        f"GET /api/{name}": 1 for name in ("Tickets", "Customers", "Services", "Operators")
    }


def test_xml_and_json_of_one_row_are_one(sandbox: NotificSandbox, settings: dict[str, str]) -> None:
    rows = sandbox.truth()["customers"]
    with client(VENDOR, {**settings, "format": "xml"}) as asking:
        assert [asking.get(Request(f"api/Customers/{row['Id']}")) for row in rows[:9]] == rows[:9]
        assert asking.get(Request("api/Customers")) == rows
        sandbox.delete("customers", 4)
        with pytest.raises(NotFound):
            asking.get(Request("api/Customers/4"))


@pytest.mark.parametrize(
    ("inside", "value"),
    [
        ("<Id>17</Id>", {"Id": 17}),
        ("<Id>0</Id><Up>true</Up><Of>-0.5</Of>", {"Id": 0, "Up": True, "Of": -0.5}),
        (
            "<A>007</A><B>+46</B><C>1.50</C><D>True</D><E>1e5</E>",
            {"A": "007", "B": "+46", "C": "1.50", "D": "True", "E": "1e5"},
        ),
        ('<Email i:nil="true"/><Name/>', {"Email": None, "Name": ""}),
        ("<Services/>", {"Services": []}),
        ("<Services><Service><Id>1</Id></Service></Services>", {"Services": [{"Id": 1}]}),
        (f"<Ids {ARRAYS}><a:int>5</a:int></Ids>", {"Ids": [5]}),
        (f"<Ids {ARRAYS}/>", {"Ids": []}),
        ("<Tags><Tag>a</Tag><Tag>b</Tag></Tags>", {"Tags": ["a", "b"]}),
        ("<Owner><Id>1</Id></Owner>", {"Owner": {"Id": 1}}),
    ],
)
def test_an_entity_says_its_values(inside: str, value: dict[str, Any]) -> None:
    assert parse(f"<Ticket {SCHEMA}>{inside}</Ticket>".encode()) == value
    assert parse(f"<ArrayOfTicket {SCHEMA}><Ticket>{inside}</Ticket></ArrayOfTicket>".encode()) == [value]


def test_an_empty_collection_is_a_list() -> None:
    assert parse(f"<ArrayOfTicket {SCHEMA}/>".encode()) == []


@pytest.mark.parametrize(
    "second", ["", "<Log/>", "<Log><Entry><Id>7</Id></Entry><Entry><Id>8</Id></Entry></Log>"]
)
def test_a_list_of_one_record_is_a_list(second: str) -> None:
    """Undeclared lists too: by its item's name, or by what the other records have there."""
    one = "<Updates><TicketUpdate><Id>5</Id></TicketUpdate></Updates><Log><Entry><Id>6</Id></Entry></Log>"
    body = f"<ArrayOfTicket {SCHEMA}><Ticket>{one}</Ticket><Ticket>{second}</Ticket></ArrayOfTicket>"
    first = parse(body.encode())[0]
    assert first["Updates"] == [{"Id": 5}]
    assert first["Log"] == ([{"Id": 6}] if "Entry" in second else {"Entry": {"Id": 6}})


def test_a_record_inside_a_record_stays_one() -> None:
    body = f"<Ticket {SCHEMA}><Address><City>Riga</City></Address><Owner><Person><Id>1</Id></Person></Owner></Ticket>"
    assert parse(body.encode()) == {"Address": {"City": "Riga"}, "Owner": {"Person": {"Id": 1}}}


def test_an_empty_element_is_what_others_have_there() -> None:
    rows = "<T><Id>1</Id><Notes/><Name/></T><T><Id>2</Id><Notes><Note>x</Note></Notes><Name>y</Name></T>"
    assert parse(f"<ArrayOfT {SCHEMA}>{rows}</ArrayOfT>".encode()) == [
        {"Id": 1, "Notes": [], "Name": ""},
        {"Id": 2, "Notes": ["x"], "Name": "y"},
    ]


@pytest.mark.parametrize(
    "body", [billion_laughs("T"), deep_nesting("T"), b"", b"{}"], ids=["entities", "depth", "nothing", "json"]
)
def test_a_body_that_is_no_xml_is_refused(body: bytes) -> None:
    wire = httpx.MockTransport(lambda request: httpx.Response(200, content=body))
    with client(VENDOR, {**ACCOUNT, "format": "xml"}, wire) as asking, pytest.raises(VendorChanged):
        asking.get(Request("api/Tickets"))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("/Date(1672578000007)/", datetime(2023, 1, 1, 13, 0, 0, 7000, UTC)),
        ("/Date(1672578000007+0200)/", datetime(2023, 1, 1, 13, 0, 0, 7000, UTC)),
        ("/Date(-1000)/", datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("/Date(-62135596800000)/", datetime(1, 1, 1, tzinfo=UTC)),
        ("/Date(99999999999999999)/", IMPOSSIBLE),
        ("/Date(soon)/", UNFIT),
    ],
)
def test_times_in_the_older_form_of_dotnet(text: str, moment: Any) -> None:
    actual = timestamp_micros(text)
    since_1970 = (moment - datetime(1970, 1, 1, tzinfo=UTC)) if isinstance(moment, datetime) else moment
    assert actual == (
        since_1970 // timedelta(microseconds=1) if isinstance(since_1970, timedelta) else since_1970
    )


def test_times_without_a_zone_are_utc() -> None:
    wire = httpx.MockTransport(lambda request: httpx.Response(200, json=[TICKET]))
    (row,) = read(VENDOR, ACCOUNT, "tickets", wire=wire).rows["tickets"]
    noon = datetime(2001, 1, 1, 12, tzinfo=UTC)
    assert row == {
        "id": 1,
        "description": "Mail is slow",
        "start_time": noon,
        "next_update_time": noon.replace(microsecond=250_000),
    }


@pytest.mark.parametrize("kind", ["json", "xml"])
def test_requests_are_as_the_vendor_shows_them(kind: str) -> None:
    sent: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, content=b"[]" if kind == "json" else b"<ArrayOfTicket/>")

    with client(VENDOR, {**ACCOUNT, "format": kind}, httpx.MockTransport(handle)) as asking:
        assert asking.get(Request("api/Tickets")) == []
    (request,) = sent
    assert (request.method, str(request.url)) == ("GET", "http://server/api/Tickets?key=d5XNMpburJBfJVJd")
    assert request.headers["accept"] == f"application/{kind}"
    assert "d5XNMpburJBfJVJd" not in redact(str(request.url))


def test_a_web_page_is_a_wrong_setting(sandbox: NotificSandbox, settings: dict[str, str]) -> None:
    sandbox.html = True
    reading = read(VENDOR, settings)
    assert set(reading.errors.values()) == {"FixSettings"}
    assert "base_url" in str(reading.outcomes["tickets"].error)


def test_a_restricted_collection_leaves_the_rest(sandbox: NotificSandbox, settings: dict[str, str]) -> None:
    sandbox.restricted.add("Customers")
    reading = read(VENDOR, settings)
    assert reading.errors == {"customers": "Denied"}
    assert len(reading.rows["tickets"]) == 60


def test_a_wrong_key_is_named(settings: dict[str, str]) -> None:
    reading = read(VENDOR, {**settings, "api_key": "wrong-key"})
    assert set(reading.errors.values()) == {"Unauthorized"}
    message = str(reading.outcomes["tickets"].error)
    assert "api_key" in message
    assert "wrong-key" not in message


@pytest.mark.parametrize(
    ("body", "is_complete"),
    [
        (b'{"Services": [{"Id": 1}]}', True),
        (b'{"odata.metadata": "http://server/$metadata", "value": [{"Id": 1}]}', True),
        (b'{"Items": [{"Id": 1}], "Count": 1}', True),
        (b'{"Items": [{"Id": 1}], "Count": 2}', False),
        (b'{"value": [{"Id": 1}], "odata.nextLink": "http://server/api/Services?$skip=1"}', False),
        (b'{"Errors": []}', False),
        (b'{"Services": [{"Id": 1}], "Tickets": []}', False),
    ],
)
def test_an_envelope_that_holds_the_whole_list_is_opened(body: bytes, is_complete: bool) -> None:
    wire = httpx.MockTransport(lambda request: httpx.Response(200, stream=httpx.ByteStream(body)))
    reading = read(VENDOR, ACCOUNT, "services", wire=wire)
    assert reading.errors == ({} if is_complete else {"services": "VendorChanged"})
    assert [row["id"] for row in reading.rows.get("services", [])] == ([1] if is_complete else [])


@pytest.mark.parametrize("body", [b'{"Message": "x"}', b"null", b"17", b'["a"', b'"text"'])
def test_what_is_no_list_is_a_change_of_the_vendor(body: bytes) -> None:
    wire = httpx.MockTransport(lambda request: httpx.Response(200, content=body))
    assert read(VENDOR, ACCOUNT, "tickets", wire=wire).errors == {"tickets": "VendorChanged"}


def test_nothing_but_declared_reads_can_be_asked(sandbox: NotificSandbox, settings: dict[str, str]) -> None:
    allowed = connect(VENDOR.settings(**ACCOUNT)).allowed
    assert all(
        allowed(Request(f"api/{name}")) for name in ("Tickets", "Customers/5", "Services", "Operators/1")
    )
    for path in (
        "api/tickets",
        "api/Tickets/",
        "api/Tickets/x",
        "api/Users",
        "Tickets",
        "api/Tickets?x=1",
        "",
    ):
        assert not allowed(Request(path))
    read(VENDOR, settings)
    assert sandbox.writes == 0


def test_settings() -> None:
    settings = VENDOR.settings(**ACCOUNT)
    assert (settings.format, settings.allow_http) == ("json", True)
    assert "d5XNMpburJBfJVJd" not in repr(settings)
    with pytest.raises(ValidationError, match="format"):
        VENDOR.settings(**ACCOUNT, format="yaml")
