"""ServiceBridge: ways to sign in, versions, envelopes and errors, against its sandbox."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from fieldhouse.sources.engine.errors import (
    Denied,
    FixSettings,
    NotFound,
    Refused,
    SourceError,
    TryLater,
    Unauthorized,
    VendorChanged,
)
from fieldhouse.sources.engine.http.pagination import Request
from fieldhouse.sources.engine.spec.row import declared
from fieldhouse.sources.sandbox.servicebridge.api import ServiceBridgeSandbox
from fieldhouse.sources.sandbox.servicebridge.auth import refusal as refused
from fieldhouse.sources.servicebridge import VENDOR
from fieldhouse.sources.servicebridge.envelope import VERSIONS, decode
from tests.support.reader_harness import answer, client, expected, ordered, read
from tests.vendors.servicebridge.examples import ACCOUNT, COMPLETE, listed

CHANGES = [
    "customers",
    "contacts",
    "locations",
    "work_orders",
    "estimates",
    "invoices",
    "payments",
    "leads",
    "tasks",
    "assets",
    "employees",
    "users",
    "branches",
    "companies",
]
CHILDREN = {
    "customers": {"custom_fields"},
    "work_orders": {"work_order_lines", "visits", "documents", "custom_fields"},
    "estimates": {"estimate_lines", "documents", "custom_fields"},
}


def test_the_inventory_is_whole() -> None:
    assert [table.name for table in VENDOR.tables] == CHANGES + COMPLETE
    for table in VENDOR.tables:
        children = {column.name for column in declared(table.row) if column.type is None}
        assert children == CHILDREN.get(table.name, set())
        assert (table.key, table.deletes) == (("id",), "full-scan")
        assert table.strategy == ("incremental" if table.name in CHANGES else "full")
        assert table.grain
        assert table.confirm == f"{table.path}/{{id}}"
    assert VENDOR.limits == ((50, 1.0), (60_000, 3600.0))


@pytest.mark.parametrize("auth", ["session", "basic", "oauth"])
def test_every_way_in_gives_every_row(sandbox: ServiceBridgeSandbox, place: str, auth: str) -> None:
    sandbox.auth = auth
    reading = read(VENDOR, sandbox.settings(place))
    assert reading.errors == {}
    assert ordered(reading.rows) == ordered(expected(VENDOR, sandbox.truth()))
    assert (sandbox.logins, sandbox.refreshes, sandbox.writes) == (auth == "session", auth == "oauth", 0)
    assert sandbox.failed_logins == 0


def test_one_login_answers_many_refusals(sandbox: ServiceBridgeSandbox, place: str) -> None:
    sandbox.expire_every = 7
    reading = read(VENDOR, sandbox.settings(place))
    assert reading.errors == {}
    assert ordered(reading.rows) == ordered(expected(VENDOR, sandbox.truth()))
    assert 1 < sandbox.logins <= sum(outcome.requests for outcome in reading.outcomes.values()) / 6 + 1


def test_an_expired_session_and_token_are_renewed(sandbox: ServiceBridgeSandbox, place: str) -> None:
    for auth in ("session", "oauth"):
        sandbox.auth = auth
        with client(VENDOR, sandbox.settings(place)) as asking:
            first = asking.get(Request("Terms"))
            sandbox.clock.advance(hours=2)
            assert asking.get(Request("Terms")) == first
    assert (sandbox.logins, sandbox.refreshes) == (2, 2)


def test_a_wrong_password_is_tried_once(sandbox: ServiceBridgeSandbox, place: str) -> None:
    reading = read(VENDOR, {**sandbox.settings(place), "password": "wrong-word"})
    assert set(reading.errors.values()) == {"Unauthorized"}
    assert len(reading.errors) == 31
    assert (sandbox.logins, sandbox.failed_logins) == (0, 1)
    assert "wrong-word" not in str(reading.outcomes["customers"].error)


def test_sessions_that_are_accepted_nowhere_end_the_run() -> None:
    logins: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/Login"):
            logins.append(json.loads(request.content)["UserId"])
            return httpx.Response(200, json={"Data": f"key-{len(logins)}", "Success": True, "Error": None})
        return httpx.Response(401)

    reading = read(VENDOR, ACCOUNT, wire=httpx.MockTransport(handle))
    assert set(reading.errors.values()) == {"Unauthorized"}
    assert logins == ["550000017"]


def test_a_revoked_app_says_what_to_do(sandbox: ServiceBridgeSandbox, place: str) -> None:
    sandbox.auth, sandbox.revoked = "oauth", True
    with (
        client(VENDOR, sandbox.settings(place)) as asking,
        pytest.raises(Unauthorized, match="refresh_token"),
    ):
        asking.get(Request("Users"))


def test_a_new_refresh_token_replaces_the_old_one() -> None:
    forms: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.host == "id.example.com":
            forms.append(request.content.decode())
            return httpx.Response(200, json={"access_token": f"token-{len(forms)}", "refresh_token": "next1"})
        known = request.headers["authorization"].removeprefix("Bearer ") in valid
        return listed() if known else httpx.Response(401)

    valid = {"token-1"}
    settings = {"auth": "oauth", "app_id": "app", "app_secret": "hush-hush", "refresh_token": "first"}
    settings["token_url"] = "https://id.example.com/token"
    with client(VENDOR, settings, httpx.MockTransport(handle)) as asking:
        asking.get(Request("Terms"))
        valid = {"token-2"}
        asking.get(Request("Terms"))
    assert [form.rpartition("=")[2] for form in forms] == ["first", "next1"]


@pytest.mark.parametrize("auth", ["session", "basic"])
def test_an_unknown_version_names_others(sandbox: ServiceBridgeSandbox, place: str, auth: str) -> None:
    sandbox.auth = auth
    reading = read(VENDOR, {**sandbox.settings(place), "api_version": "v9"}, "customers", "terms")
    for name in ("customers", "terms"):
        error = reading.outcomes[name].error
        assert isinstance(error, FixSettings)
        assert all(version in str(error) for version in ("'v9'", *VERSIONS))


def test_what_cannot_be_read_leaves_the_rest(sandbox: ServiceBridgeSandbox, place: str) -> None:
    sandbox.denied = {"/Leads": 403, "/Tasks": 404}
    sandbox.soft_error = {"/Assets"}
    reading = read(VENDOR, sandbox.settings(place))
    assert reading.errors == {"leads": "Denied", "tasks": "NotFound", "assets": "TryLater"}
    assert reading.outcomes["leads"].status == "denied"
    assert "Tasks" in str(reading.outcomes["tasks"].error)
    assert len(reading.rows["work_orders"]) == 45


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("MethodNotFound", NotFound),
        ("EntityNotFound", NotFound),
        ("AccessDenied", Denied),
        ("InvalidSessionKey", Unauthorized),
        ("InternalError", TryLater),
        ("NotFound", NotFound),
        ("SomethingNew", VendorChanged),
    ],
)
def test_an_error_may_come_with_status_200(value: str, kind: type[SourceError]) -> None:
    with pytest.raises(kind) as caught:
        decode(answer(200, refused(200, value, "An error.").body), Request("Leads"))
    assert caught.type is kind


@pytest.mark.parametrize(
    ("code", "kind"),
    [(401, Unauthorized), (403, Denied), (404, NotFound), (400, Refused), (77, VendorChanged)],
)
def test_a_code_tells_what_an_unknown_name_does_not(code: int, kind: type[SourceError]) -> None:
    error = {"Message": "An error.", "Value": "SomethingNew", "Code": code}
    with pytest.raises(kind) as caught:
        decode(
            answer(200, json.dumps({"Data": None, "Success": False, "Error": error}).encode()),
            Request("Leads"),
        )
    assert caught.type is kind


def test_nothing_for_data_is_no_rows_or_no_row() -> None:
    def answered(ask: Request, total: int | None) -> Any:
        body = {"TotalCount": total, "Data": None, "Success": True, "Error": None}
        return decode(answer(200, json.dumps(body).encode()), ask)["Data"]

    assert answered(Request("Leads"), 0) == answered(Request("Leads", {"page": 3}), 12) == []
    assert answered(Request("Leads", {"page": 1}), 12) is None
    with pytest.raises(NotFound):
        answered(Request("Leads/17"), None)


def test_an_expired_session_that_is_said_with_200_is_renewed() -> None:
    keys: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/Login"):
            keys.append(f"key-{len(keys)}")
            return httpx.Response(200, json={"Data": keys[-1], "Success": True, "Error": None})
        if request.url.params["sessionKey"] == "key-0" and request.url.path.endswith("Taxes"):
            return httpx.Response(200, content=refused(200, "InvalidSessionKey", "Expired.").body)
        return listed({"Id": 7})

    reading = read(VENDOR, ACCOUNT, "job_categories", "taxes", wire=httpx.MockTransport(handle))
    assert reading.errors == {}
    assert len(keys) == 2
    assert [row["id"] for row in reading.rows["taxes"]] == [7]


def test_one_list_that_answers_401_stops_no_other() -> None:
    logins: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/Login"):
            logins.append("login")
            return httpx.Response(200, json={"Data": "key", "Success": True, "Error": None})
        return httpx.Response(401) if request.url.path.endswith("/Taxes") else listed({"Id": 7})

    reading = read(VENDOR, ACCOUNT, *COMPLETE, wire=httpx.MockTransport(handle))
    assert reading.errors == {"taxes": "Denied"}
    assert len(logins) <= 4
