"""ServiceSidekick: records that vanish, refusals, bodies that are no list, and what may be asked at all."""

from __future__ import annotations

import base64
import time
import tracemalloc
from decimal import Decimal

import httpx
import pytest

from fieldhouse.sources.engine.errors import NotFound, Refused, SourceError, Unauthorized, VendorChanged
from fieldhouse.sources.engine.http.pagination import Request
from fieldhouse.sources.sandbox.sandbox import Answer, Call
from fieldhouse.sources.sandbox.servicesidekick.api import ServiceSidekickSandbox
from fieldhouse.sources.sandbox.servicesidekick.xml import billion_laughs, deep_nesting, huge_body
from fieldhouse.sources.servicesidekick import VENDOR, connect
from fieldhouse.sources.servicesidekick.xml import MOST_BYTES, decode
from tests.support.reader_harness import answer, client, read
from tests.vendors.servicesidekick.examples import ACCOUNT


def test_a_record_that_vanished_has_no_list(shop: ServiceSidekickSandbox, settings: dict[str, str]) -> None:
    shop.honours_include = False

    def vanish(call: Call, honest: Answer) -> Answer | None:
        own = call.path.startswith("/jobs/") and "time_entries" not in call.path
        return Answer(400, b"<errors><error>Invalid job.</error></errors>") if own else None

    with shop.fault(vanish):
        reading = read(VENDOR, settings, "jobs")
    assert reading.errors == {}
    assert reading.rows["jobs__notes"] == []


def test_a_repeated_page_is_an_error(shop: ServiceSidekickSandbox, settings: dict[str, str]) -> None:
    first: list[Answer] = []

    def repeated(call: Call, honest: Answer) -> Answer | None:
        first.append(honest) if "page=1" in call.target and call.path == "/tasks.xml" else None
        return first[0] if first and call.path == "/tasks.xml" else None

    with shop.fault(repeated):
        reading = read(VENDOR, settings, "tasks", "employees")
    assert reading.errors == {"tasks": "VendorChanged"}
    assert "page parameter" in str(reading.outcomes["tasks"].error)


def test_a_missing_record_answers_400(shop: ServiceSidekickSandbox, settings: dict[str, str]) -> None:
    task, job = shop.delete("tasks"), shop.delete("jobs")
    with client(VENDOR, settings) as asking:
        for path in (f"tasks/{task['id']}.xml", f"jobs/{job['job_number']}.xml"):
            with pytest.raises(NotFound):
                asking.get(Request(path))
        with pytest.raises(VendorChanged):
            asking.get(Request("jobs.xml", {"page": 0}))
        task = shop.truth()["tasks"][0]
        answered = asking.get(Request(f"tasks/{task['id']}.xml"))
        assert Decimal(answered.pop("duration")) == Decimal(str(task.pop("duration")))
        assert answered == task


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, b"<errors><error>Invalid job.</error></errors>", NotFound),
        (404, b"", NotFound),
        (422, b"<errors><error>Invalid job.</error></errors>", NotFound),
        (422, b"<errors><error>Name can't be blank</error></errors>", Refused),
        (400, b"<errors><error>Too much.</error></errors>", Refused),
        (400, b"<html>", Refused),
        (401, b"", Unauthorized),
    ],
)
def test_what_a_refusal_means(status: int, body: bytes, kind: type[SourceError]) -> None:
    wire = httpx.MockTransport(lambda request: httpx.Response(status, content=body))
    with client(VENDOR, ACCOUNT, wire) as asking, pytest.raises(SourceError) as caught:
        asking.get(Request("jobs/17.xml"))
    assert caught.type is kind


def test_a_changed_password_is_named(shop: ServiceSidekickSandbox, settings: dict[str, str]) -> None:
    shop.change_password()
    reading = read(VENDOR, settings, "customers")
    assert reading.errors == {"customers": "Unauthorized"}
    message = str(reading.outcomes["customers"].error)
    assert "password" in message
    assert "api_token" in message
    assert settings["api_token"] not in message


@pytest.mark.parametrize("bomb", ["entities", "depth", "size"])
def test_a_bomb_leaves_the_other_tables(
    shop: ServiceSidekickSandbox, settings: dict[str, str], bomb: str
) -> None:
    shop.bomb = bomb
    reading = read(VENDOR, settings, "tasks", "employees")
    assert reading.errors == {"tasks": "VendorChanged"}
    assert len(reading.rows["employees"]) == 12


@pytest.mark.parametrize(
    "body",
    [
        billion_laughs("tasks"),
        deep_nesting("tasks"),
        huge_body("tasks", MOST_BYTES),
        b"",
        b"<tasks",
        b"<a/><b/>",
        b"<a>\xff</a>",
    ],
    ids=["entities", "depth", "size", "nothing", "cut", "two", "bytes"],
)
def test_what_is_no_xml_is_refused_early(body: bytes) -> None:
    tracemalloc.start()
    started = time.perf_counter()
    try:
        with pytest.raises(ValueError, match="XML"):
            decode(answer(200, body), Request("tasks.xml"))
        assert time.perf_counter() - started < 1
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_an_error_with_status_200_is_no_list() -> None:
    with pytest.raises(VendorChanged):
        decode(answer(200, b"<errors><error>Invalid job.</error></errors>"), Request("jobs.xml"))


def test_requests_are_as_the_vendor_shows_them() -> None:
    sent: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, content=b'<customers type="array"/>')

    with client(VENDOR, ACCOUNT, httpx.MockTransport(handle)) as asking:
        assert asking.get(Request("customers.xml", {"page": 2})) == []
    (request,) = sent
    assert (request.method, str(request.url)) == (
        "GET",
        "https://myapp.servicesidekick.com/customers.xml?page=2",
    )
    coded = base64.b64encode(b"token-token:token-token").decode()
    assert request.headers["authorization"] == f"Basic {coded}"


def test_nothing_but_declared_reads_can_be_asked() -> None:
    allowed = connect(VENDOR.settings(**ACCOUNT)).allowed
    for path in ("customers.xml", "jobs/1.xml", "jobs/1/notes.xml", "jobs/1/time_entries.xml", "tasks/5.xml"):
        assert allowed(Request(path))
    for path in (
        "items.xml",
        "jobs",
        "jobs/x.xml",
        "jobs/1/notes/2.xml",
        "jobs.xml?page=1",
        "x/jobs.xml",
        "",
    ):
        assert not allowed(Request(path))


def test_derived_rows_come_from_both_parents(shop: ServiceSidekickSandbox, settings: dict[str, str]) -> None:
    reading = read(VENDOR, settings)
    truth = shop.truth()
    seen = {
        row["tax_entity"]["id"]
        for table in ("customers", "jobs")
        for row in truth[table]
        if "tax_entity" in row
    }
    assert {row["id"] for row in reading.rows["tax_entities"]} == seen
    assert sum(reading.outcomes[name].requests for name in ("job_types", "job_statuses", "tax_entities")) == 0
