"""ServiceSidekick: Rails' XML, pages, children by include= and by themselves, secrets, and its sandbox."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from fieldhouse.sources.engine.http.pagination import Request
from fieldhouse.sources.engine.http.xml_body import fold
from fieldhouse.sources.engine.spec.row import declared
from fieldhouse.sources.engine.spec.stated import StatedDate, StatedDecimal, StatedTimestamp
from fieldhouse.sources.sandbox.servicesidekick.api import ServiceSidekickSandbox
from fieldhouse.sources.sandbox.servicesidekick.fields import SECRETS
from fieldhouse.sources.servicesidekick import VENDOR
from fieldhouse.sources.servicesidekick.xml import MOST_BYTES, decode, value_of
from tests.support.reader_harness import answer, client, expected, ordered, read
from tests.vendors.servicesidekick.examples import ACCOUNT

INVENTORY = {
    "customers": ("full-scan", {"contacts", "notes"}),
    "jobs": ("full-scan", {"employees", "job_charges", "time_entries", "notes"}),
    "tasks": ("full-scan", set()),
    "employees": ("never", set()),
    "job_types": ("never", set()),
    "job_statuses": ("never", set()),
    "tax_entities": ("never", set()),
    "opportunities": ("full-scan", set()),
    "invoices": ("full-scan", {"tasks"}),
}
ONLY_BY_INCLUDE = {"contacts", "employees", "job_charges"}
JOBS = b"""<?xml version="1.0" encoding="UTF-8"?>
<jobs type="array">
  <job>
    <id type="integer">101600011</id>
    <job-number type="integer">1</job-number>
    <name>R&#233;paration &lt;A&gt; &amp; B</name>
    <description></description>
    <po-number nil="true"/>
    <scheduled-on type="dateTime">2026-10-31T08:45:00-04:00</scheduled-on>
    <completed-on type="date-time">2026-11-01T08:45:00-05:00</completed-on>
    <total type="decimal">17.250</total>
    <ok-to-sync type="boolean" nil="true"/>
    <password-digest>$2a$10$secret</password-digest>
    <job-type type="JobType"><id type="integer">7</id><name>Repair</name></job-type>
    <employees type="array">
      <employee type="Employee">
        <id type="integer">9</id><hired-on type="date">2020-02-29</hired-on><token>hidden</token>
      </employee>
    </employees>
    <job-charges type="array">
      <job-charge><id type="integer">1</id><quantity type="decimal">4.0</quantity></job-charge>
      <job-charge><id type="integer">2</id><quantity type="decimal">0.1</quantity></job-charge>
    </job-charges>
    <time-entries type="array"/>
    <notes type="array"></notes>
  </job>
</jobs>
"""


def paged(body: bytes) -> httpx.MockTransport:
    """``body`` as the first page of every list, then nothing."""

    def handle(request: httpx.Request) -> httpx.Response:
        first = request.url.params.get("page") == "1"
        return httpx.Response(200, content=body if first else b'<jobs type="array"/>')

    return httpx.MockTransport(handle)


def everything(value: Any) -> Iterator[str]:
    """All names and texts in a value."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from everything(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from everything(inner)
    else:
        yield str(value)


def test_the_inventory_is_whole() -> None:
    assert [table.name for table in VENDOR.tables] == list(INVENTORY)
    for table in VENDOR.tables:
        children = {column.name for column in declared(table.row) if column.type is None}
        assert (table.deletes, children) == INVENTORY[table.name]
        assert table.key == ("id",)
        assert table.grain
        assert set(table.missing_lists) == (children if table.params else set())
    derived = ["job_types", "job_statuses", "tax_entities"]
    assert [table.name for table in VENDOR.tables if table.strategy == "derived"] == derived
    assert VENDOR.concurrency[0] == 2


@pytest.mark.parametrize("size", [25, 30, 50])
def test_every_row_whatever_the_page_size(
    shop: ServiceSidekickSandbox, settings: dict[str, str], size: int
) -> None:
    shop.page_size = size
    reading = read(VENDOR, settings)
    assert reading.errors == {}
    assert ordered(reading.rows) == ordered(expected(VENDOR, shop.truth()))
    assert (shop.writes, shop.failed_logins) == (0, 0)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("<a/>", ""),
        ("<a></a>", ""),
        ('<a nil="true"></a>', None),
        ('<a type="integer" nil="true"/>', None),
        ('<a type="integer"></a>', None),
        ('<a type="integer">8600000007</a>', 8600000007),
        ('<a type="integer">twelve</a>', "twelve"),
        ('<a type="decimal">0.10</a>', StatedDecimal("0.10")),
        ('<a type="decimal">0.12345678901234567890</a>', StatedDecimal("0.12345678901234567890")),
        ('<a type="decimal">much</a>', StatedDecimal("much")),
        ('<a type="date">2009-01-02</a>', StatedDate("2009-01-02")),
        ('<a type="float">-84.3880</a>', -84.388),
        ('<a type="Float">NaN</a>', "NaN"),
        ('<a type="boolean">true</a>', True),
        ('<a type="boolean">0</a>', False),
        ('<a type="boolean">maybe</a>', "maybe"),
        ('<a type="dateTime">2009-01-02T09:00:00-05:00</a>', StatedTimestamp("2009-01-02T09:00:00-05:00")),
        ('<a type="date_time">2009-01-02T09:00:00-05:00</a>', StatedTimestamp("2009-01-02T09:00:00-05:00")),
        ('<a type="array"/>', []),
        ('<a type="array" nil="true"/>', None),
        ('<a type="array"><b type="integer">1</b><b nil="true"/></a>', [1, None]),
        ('<a type="Customer"><b-c-d>x</b-c-d></a>', {"b_c_d": "x"}),
        ('<a type="Customer"/>', None),
        ("<a><b>1</b><b>2</b><b>3</b></a>", {"b": ["1", "2", "3"]}),
        ("<a> spaces\n stay </a>", " spaces\n stay "),
    ],
)
def test_an_element_says_its_value(body: str, value: Any) -> None:
    folded = fold(body.encode(), value_of)
    assert folded == ("a", value)
    assert type(folded[1]) is type(value)


def test_a_job_becomes_rows() -> None:
    rows = read(VENDOR, ACCOUNT, "jobs", wire=paged(JOBS)).rows
    (job,) = rows["jobs"]
    assert job == {
        "id": 101600011,
        "job_number": 1,
        "name": "Réparation <A> & B",
        "description": "",
        "scheduled_on": datetime(2026, 10, 31, 12, 45, tzinfo=UTC),
        "completed_on": datetime(2026, 11, 1, 13, 45, tzinfo=UTC),
        "total": Decimal("17.25"),
        "job_type__id": 7,
        "job_type__name": "Repair",
    }
    (employee,) = rows["jobs__employees"]
    assert employee == {"_parent_id": 101600011, "_list_index": 0, "id": 9, "hired_on": date(2020, 2, 29)}
    assert [charge["quantity"] for charge in rows["jobs__job_charges"]] == [4, Decimal("0.1")]
    assert rows["jobs__notes"] == rows["jobs__time_entries"] == []


def test_no_secret_leaves_the_body(shop: ServiceSidekickSandbox, settings: dict[str, str]) -> None:
    secrets = {
        str(row[name])
        for shelf in (shop.stores["customers"], shop.stores["employees"])
        for row in shelf.by_id.values()
        for name in SECRETS
        if row.get(name)
    }
    assert len(secrets) > 40
    with client(VENDOR, settings) as asking:
        for table in VENDOR.tables[:4]:
            message = set(everything(asking.get(Request(table.path, table.params))))
            assert not message & secrets
            assert not message & set(SECRETS)
    assert value_of_secret("reset-password-token") == value_of_secret("stripe-customer-id") == {}
    assert value_of_secret("api-tokens") == {}
    assert value_of_secret("tokenized") == {"tokenized": "x"}


def value_of_secret(name: str) -> Any:
    return fold(f"<a><{name}>x</{name}></a>".encode(), value_of)[1]


def test_lists_that_are_left_out_are_asked_for(
    shop: ServiceSidekickSandbox, settings: dict[str, str]
) -> None:
    shop.honours_include = False
    reading = read(VENDOR, settings)
    assert reading.errors == {}
    truth = expected(VENDOR, shop.truth())
    for name in ("customers__notes", "jobs__notes", "jobs__time_entries", "tasks", "employees"):
        assert truth[name]
        assert ordered({name: reading.rows[name]}) == ordered({name: truth[name]})
    notes = " ".join(reading.outcomes["jobs"].notes + reading.outcomes["customers"].notes)
    assert all(f"leaves out {name}" in notes for name in (*ONLY_BY_INCLUDE, "notes", "time_entries"))
    asked = shop.calls["GET /jobs/*/notes.xml"], shop.calls["GET /jobs/*/time_entries.xml"]
    assert asked == (75, 75)


def test_lists_that_come_are_not_asked_for(shop: ServiceSidekickSandbox, settings: dict[str, str]) -> None:
    reading = read(VENDOR, settings)
    assert not any("*" in label for label in shop.calls)
    assert not any("leaves out" in note for column in reading.outcomes.values() for note in column.notes)


@pytest.mark.parametrize("has_own_lists", [True, False])
def test_lists_that_stop_coming_are_kept_and_said(
    shop: ServiceSidekickSandbox, settings: dict[str, str], has_own_lists: bool
) -> None:
    shop.has_own_lists = has_own_lists
    assert read(VENDOR, settings, "jobs").outcomes["jobs"].retained_children == frozenset()
    shop.honours_include = False
    stopped = read(VENDOR, settings, "jobs")
    assert stopped.errors == {}
    assert len(stopped.rows["jobs"]) == 75
    charges = set() if has_own_lists else {"jobs__job_charges"}
    assert stopped.outcomes["jobs"].retained_children == {"jobs__employees"} | charges
    assert shop.calls["GET /jobs/*/job_charges.xml"] == (76 if has_own_lists else 2)
    assert "what was loaded of it before stays" in " ".join(stopped.outcomes["jobs"].notes)


def test_names_may_have_prefixes_and_bodies_the_headers_charset() -> None:
    prefixed = b'<r:jobs xmlns:r="urn:x" type="array"><r:job><r:po-number>7</r:po-number></r:job></r:jobs>'
    assert decode(answer(200, prefixed, "application/xml"), Request("jobs.xml")) == [{"po_number": "7"}]
    latin = '<jobs type="array"><job><name>Söhne</name></job></jobs>'.encode("latin-1")
    kind = "application/xml; charset=ISO-8859-1"
    assert decode(answer(200, latin, kind), Request("jobs.xml")) == [{"name": "Söhne"}]
    declared_body = b'<?xml version="1.0" encoding="UTF-8"?>' + latin.decode("latin-1").encode()
    assert decode(answer(200, declared_body, kind), Request("jobs.xml")) == [{"name": "Söhne"}]


def test_a_record_without_id_is_known_by_its_number(settings: dict[str, str]) -> None:
    number = b'<employee-number type="integer">9</employee-number>'
    body = b'<employees type="array"><employee>' + number + b"</employee></employees>"
    wire = httpx.MockTransport(lambda request: httpx.Response(200, content=body))
    assert read(VENDOR, settings, "employees", wire=wire).rows["employees"][0]["id"] == 9


def test_a_list_without_an_address_is_no_defect(settings: dict[str, str]) -> None:
    body = b'<jobs type="array"><job><id type="integer">1</id></job></jobs>'
    wire = httpx.MockTransport(lambda request: httpx.Response(200, content=body))
    assert read(VENDOR, settings, "jobs", wire=wire).errors == {"jobs": "VendorChanged"}


def test_employees_may_come_by_pages_after_all(settings: dict[str, str]) -> None:
    def people(*numbers: int) -> httpx.Response:
        rows = "".join(f'<employee><id type="integer">{number}</id></employee>' for number in numbers)
        return httpx.Response(200, content=f'<employees type="array">{rows}</employees>'.encode())

    def pages(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params.get("page", "1"))
        return people(*range(100)[(page - 1) * 30 : page * 30])

    def repeated(request: httpx.Request) -> httpx.Response:
        return people(*range(30))

    def refusing(request: httpx.Request) -> httpx.Response:
        return httpx.Response(400) if request.url.params else people(*range(30))

    for wire, count in ((pages, 100), (repeated, 30), (refusing, 30)):
        reading = read(VENDOR, settings, "employees", wire=httpx.MockTransport(wire))
        assert reading.errors == {}
        assert len(reading.rows["employees"]) == count


@pytest.mark.parametrize(
    "bomb",
    [
        b"<a>" + b"<b/>" * 300_000 + b"</a>",
        b"<a " + b" ".join(b'a%d="x"' % number for number in range(120_000)) + b"/>",
        b"<a><!--" + b"x" * 1_100_000 + b"--></a>",
        b"<a>" + b" " * MOST_BYTES + b"</a>",
    ],
    ids=["elements", "attributes", "comment", "bytes"],
)
def test_more_than_an_honest_page_holds_is_refused(bomb: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="XML"):
            decode(answer(200, bomb, "application/xml"), Request("jobs.xml"))
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()
