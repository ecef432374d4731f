"""Shiftboard's answers: results, errors, batch requests, pages, and what may be asked at all."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from fieldhouse.sources.engine.errors import (
    Denied,
    FixSettings,
    NoSuchRead,
    NotFound,
    Refused,
    SourceError,
    TryLater,
    Unauthorized,
    VendorChanged,
)
from fieldhouse.sources.engine.http.pagination import PageInfo, Request, StartBatch
from fieldhouse.sources.sandbox.server import serve
from fieldhouse.sources.sandbox.shiftboard.api import ShiftboardSandbox
from fieldhouse.sources.shiftboard import READS, VENDOR, ShiftboardSettings, connect
from fieldhouse.sources.shiftboard.rpc import decode, decode_many, identities, page_info
from tests.support.reader_harness import answer, client
from tests.vendors.shiftboard.rpc_replies import ROLES, SETTINGS, replying

# --- answers ---


def test_a_result_may_be_an_object_or_an_array() -> None:
    assert decode(answer(200, b'{"id":"","jsonrpc":"2.0","result":{"roles":[]}}'), ROLES) == {"roles": []}
    assert decode(answer(200, b'{"id":"","result":[]}'), Request("teamCategory.list")) == []


def test_the_object_of_a_get_is_unwrapped() -> None:
    body = b'{"id":"","result":{"workgroup":{"id":"928136"},"referenced_objects":{}}}'
    assert decode(answer(200, body), Request("workgroup.get", {"id": "928136"})) == {"id": "928136"}
    with pytest.raises(VendorChanged, match="without 'manager_note'"):
        decode(answer(200, b'{"result":{}}'), Request("managerNote.get"))


@pytest.mark.parametrize(
    "body",
    [b'{"id":"3","jsonrpc":"2.0"}', b'{"count":1,"roles":[]}', b"[]", b'"ok"', b"", b"{", b"\xff\xfe"],
)
def test_no_result_is_no_answer(body: bytes) -> None:
    with pytest.raises(VendorChanged, match=r"role\.list"):
        decode(answer(200, body), ROLES)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"code": -32601, "message": "Method not found"}, NoSuchRead),
        ({"code": -32700, "message": "Parse error"}, Refused),
        ({"code": -32600, "message": "Invalid Request"}, Refused),
        ({"code": -32602, "message": "Invalid params"}, Refused),
        ({"code": -32603, "message": "Internal error"}, TryLater),
        ({"code": -32000, "data": {"message": "Database is busy, please try again"}}, TryLater),
        ({"code": -32000}, Refused),
        ({"code": 503}, TryLater),
        ({"code": "503"}, TryLater),
        ({"code": "server_error", "data": {"misc": "x"}}, TryLater),
        ({"code": -32603, "data": {"code": "no_permission"}}, Denied),
        ({"code": -32604, "data": {"code": "permission_denied"}}, Denied),
        ({"code": "no_permission", "data": {"misc": "Ask the site's owner"}}, Denied),
        ({"data": {"code": "noPermission"}}, Denied),
        ({"code": 403}, Denied),
        ({"code": -32000, "data": {"code": "invalid_signature"}}, Unauthorized),
        ({"code": "Invalid Access Key"}, Unauthorized),
        ({"code": 401}, Unauthorized),
        ({"data": {"code": "record_not_found"}}, NotFound),
        ({"code": 404}, NotFound),
        ({"data": {"code": "invalid_params"}}, Refused),
        ({"code": -32604, "message": "Permission denied"}, Refused),
        ({"code": 17}, Refused),
        ({"code": True}, Refused),
        ({"reason": "no code at all"}, Refused),
        ({"code": {"code": "denied"}}, Refused),
        ({}, Refused),
        ({"data": ["no_permission"]}, Refused),
        ("no access", Refused),
        (["no_permission"], Refused),
    ],
)
def test_an_error_is_told_by_its_code(error: Any, kind: type[SourceError]) -> None:
    body = json.dumps({"id": "1", "jsonrpc": "2.0", "error": error}).encode()
    with pytest.raises(kind, match=r"role\.list") as raised:
        decode(answer(200, body), ROLES)
    assert type(raised.value) is kind
    assert raised.value.exit_code == {Refused: 4, TryLater: 3}.get(kind, 2)


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        ({"code": -32000, "data": {"code": "busy", "message": "Database is busy, please try again"}},
         "error busy, 'Database is busy, please try again'"),
        ({"code": "no_permission", "data": {"misc": "Ask the owner"}}, "error no_permission, 'Ask the owner'"),
        ({"code": -32602, "message": "Bad value 'Ada Lovelace' for id 4711 of ada@example.com"},
         "error -32602, 'Bad value … for id … of …'"),
        ({"code": -32603}, "error -32603"),
        ({"message": {"rows": ["secret"]}}, "error without a code"),
    ],
)  # fmt: skip
def test_reason_of_the_vendor_is_shown_without_data(error: Any, shown: str) -> None:
    body = json.dumps({"id": "1", "jsonrpc": "2.0", "error": error}).encode()
    with pytest.raises(SourceError) as raised:
        decode(answer(200, body), ROLES)
    assert f"({shown})" in str(raised.value)


def test_fault_of_the_vendor_is_asked_again_alone_and_in_a_batch() -> None:
    """-32603 three times, then the answer; as a single request, and as one of a batch."""
    left = {"n": 3}

    def reply(request: httpx.Request) -> httpx.Response:
        calls = json.loads(request.content)
        several = calls if isinstance(calls, list) else [calls]
        left["n"] -= 1
        error = {"code": -32603, "message": "Internal error"}
        answers = [
            {"id": call["id"], "error": error}
            if left["n"] > 0 and place == 0
            else {"id": call["id"], "result": {}}
            for place, call in enumerate(several)
        ]
        return httpx.Response(200, json=answers if isinstance(calls, list) else answers[0])

    with client(VENDOR, SETTINGS, httpx.MockTransport(reply), attempts=4) as asking:
        assert asking.get(ROLES) == {}
        left["n"] = 3
        assert asking.get_many([ROLES, Request("client.list")]) == [{}, {}]
        left["n"] = 99
        with pytest.raises(TryLater, match="error -32603, 'Internal error' after 4 attempts"):
            asking.get(ROLES)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, b'{"id":"1","error":{"code":-32000,"data":{"code":"denied"}}}', Denied),
        (400, b'{"id":"1","error":{"code":-32602}}', Refused),
        (422, b'{"id":null,"error":{"message":"not yours"}}', Refused),
        (400, b"[]", Refused),
        (400, b"<html>", Refused),
        (404, b'{"id":"1","error":{"code":-32000}}', NotFound),
        (401, b'{"id":null,"error":{"code":-32600}}', Unauthorized),
    ],
)
def test_an_error_may_come_with_a_status_of_its_own(
    status: int, body: bytes, kind: type[SourceError]
) -> None:
    wire = httpx.MockTransport(lambda request: httpx.Response(status, content=body))
    with client(VENDOR, SETTINGS, wire) as asking, pytest.raises(kind) as raised:
        asking.get(ROLES)
    assert type(raised.value) is kind


def test_an_error_of_null_is_none() -> None:
    assert decode(answer(200, b'{"id":null,"error":null,"result":{}}'), ROLES) == {}


def test_the_message_of_an_error_is_shown_short_and_on_one_line() -> None:
    error = {"code": 5, "message": "not\nyours " + "a" * 500}
    with pytest.raises(Refused) as raised:
        decode(answer(200, json.dumps({"error": error}).encode()), ROLES)
    assert "error 5, 'not yours aaa" in str(raised.value)
    assert len(str(raised.value)) < 400


# --- ids ---


def test_the_answer_to_another_request_is_no_answer() -> None:
    """A page that a cache or a proxy gives again has the form of an answer; its id belongs to other params."""
    asks = [Request("profileData.list", {"select": {"profile_type": key}}) for key in ("1", "2")]
    one, two = identities(asks[:1])[0], identities(asks[1:])[0]
    assert one != two
    body = json.dumps({"id": one, "result": {"profile_data": []}}).encode()
    assert decode(answer(200, body), asks[0]) == {"profile_data": []}
    with pytest.raises(VendorChanged, match="the id of another request"):
        decode(answer(200, body), asks[1])


def test_batches_of_other_requests_share_no_id() -> None:
    batches = [[Request("account.listOpenids", {"account": f"{n}{m}"}) for m in range(20)] for n in range(9)]
    assert len({identity for asks in batches for identity in identities(asks)}) == 180


# --- batches ---


def test_answers_are_matched_by_id_as_text_in_any_order() -> None:
    asks = [Request("role.list"), Request("client.list"), Request("resource.list"), Request("paycode.list")]
    first, _, third, fourth = identities(asks)
    body = [
        {"id": int(third), "result": "third"},
        {"id": first, "result": "first"},
        {"id": fourth, "error": {"code": -32601}},
        {"id": None, "error": {"code": -32700}},
    ]
    documents = decode_many(answer(200, json.dumps(body).encode()), asks)
    assert documents[0] == "first"
    assert isinstance(documents[1], VendorChanged)
    assert "client.list" in str(documents[1])
    assert documents[2] == "third"
    assert type(documents[3]) is NoSuchRead


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"id":null,"error":{"code":-32600}}', VendorChanged),
        (b'{"id":null,"error":{"code":-32604,"data":{"code":"no_permission"}}}', Denied),
        (b'{"id":null,"error":{"code":-32604}}', VendorChanged),
        (b'{"id":"1","result":{}}', VendorChanged),
        (b"null", VendorChanged),
        (b"nothing", VendorChanged),
    ],
)
def test_a_batch_that_is_refused_as_a_whole(body: bytes, kind: type[SourceError]) -> None:
    with pytest.raises(kind):
        decode_many(answer(200, body), [ROLES, ROLES])


def test_the_examples_of_the_text_for_batch_requests() -> None:
    """With the ids that were sent, where the text has 1 and 2."""
    asks = [Request("shift.list"), Request("other")]
    one, two = (identity.encode() for identity in identities(asks))
    body = b"""[
      {"id": "%s", "jsonrpc": "2.0", "result": {"shifts": [{"end_date": "2018-01-08T17:00:00", "id": "1111111",
        "start_date": "2018-01-08T09:00:00", "timezone": "Pacific Time (US/Can) (GMT-08:00)", "workgroup": "1"}]}},
      {"id": "%s", "jsonrpc": "2.0", "result": {"id": "284442"}}]""" % (one, two)
    shifts, created = decode_many(answer(200, body), asks)
    assert shifts["shifts"][0]["id"] == "1111111"
    assert created == {"id": "284442"}


def test_twenty_asks_are_one_request_over_http() -> None:
    box = ShiftboardSandbox(size=0.1, edge_cases=True)
    ids = [row["id"] for row in box.truth()["accounts"]]
    asks = [Request("accountPoints.list", {"account": account}) for account in ids[:12]]
    with serve(box) as urls, client(VENDOR, {**SETTINGS, "base_url": urls["shiftboard"]}) as asking:
        documents = asking.get_many([*asks, Request("accountPoints.list", {"account": "999999"})])
    assert sum(box.calls.values()) == box.calls["batch"] == 1
    for identity, document in zip(ids, documents[:12], strict=False):
        assert {row["account"] for row in document["account_points"]} <= {identity}
    assert isinstance(documents[12], NotFound)


# --- pages ---


def test_only_the_absence_of_next_ends_a_list() -> None:
    first = {
        "count": "2",
        "page": {"this": {"batch": "25", "start": 1}, "next": {"batch": "25", "start": 26}},
    }
    assert page_info(first, [{}, {}]) == PageInfo(2, 2, {"batch": "25", "start": 26})
    assert page_info({"count": "1", "page": {"this": {"batch": 25, "start": 1}}}, [{}, {}]) == PageInfo(
        2, None, None
    )
    assert page_info({"count": "5"}, [{}, {}]).total is None
    assert page_info([{}], [{}]) == PageInfo(1, None, None)
    assert page_info({"count": "many", "page": {"next": {"start": 3}}}, []).total is None
    assert page_info({"page": None}, []) == PageInfo(0)


def test_every_list_asks_for_a_thousand_and_follows_next() -> None:
    pager = VENDOR.pager
    assert pager == StartBatch(1000)
    ask = pager.page(Request("role.list", {"select": {}}), 1)
    assert ask.params == {"select": {}, "page": {"batch": 1000, "start": 1}}
    after = pager.after(ask, 1, page_info({"page": {"next": {"batch": "25", "start": "26"}}}, [{}]), 25)
    assert after is not None
    assert after.params["page"] == {"batch": 1000, "start": 26}
    with pytest.raises(VendorChanged, match="never end"):
        pager.after(after, 2, PageInfo(25, None, {"batch": 25, "start": 26}), 50)


# --- only reads ---


@pytest.mark.parametrize(
    "method",
    ["shift.delete", "system.getUserKeys", "system.endBatch", "account.getImage", "news.get", "echo", ""],
)
def test_what_is_no_read_of_a_table_cannot_be_asked(method: str) -> None:
    wire, sent = replying(lambda call: {"result": {}})
    with client(VENDOR, SETTINGS, wire) as asking:
        with pytest.raises(SourceError, match="not among the reads"):
            asking.get(Request(method))
        with pytest.raises(SourceError, match="not among the reads"):
            asking.get_many([ROLES, Request(method)])
    assert sent == []


def test_the_reads_are_those_of_the_tables_and_the_clock() -> None:
    assert len(READS) == 50
    assert {"system.timestamp", "shift.listUpdated", "shift.customMultipickList", "workgroup.get"} <= READS
    nouns = {method.split(".")[1] for method in READS}
    verbs = (
        "list",
        "get",
        "tierList",
        "signupList",
        "timestamp",
        "customDropdownList",
        "customFields",
        "customMultipickList",
        "customTextList",
    )
    assert all(method.startswith("list") or method in verbs for method in nouns)
    assert all(
        connect(ShiftboardSettings.model_validate(SETTINGS)).allowed(Request(method)) for method in READS
    )


def test_a_missing_right_and_a_missing_method_are_settings() -> None:
    assert issubclass(Denied, FixSettings)
    assert issubclass(NotFound, FixSettings)
