"""The Shiftboard sandbox's protocol: signatures, JSON-RPC, batches, pages, parameters and refusals."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import httpx
import orjson
import pytest

from fieldhouse.sources.sandbox.sandbox import Call, Record
from fieldhouse.sources.sandbox.server import serve
from fieldhouse.sources.sandbox.shiftboard.api import ACCESS_KEY_ID, SIGNATURE_KEY, ShiftboardSandbox
from fieldhouse.sources.sandbox.shiftboard.rpc import sign
from tests.sandbox.shiftboard.calls import ask, listed_group, post

# --- wire ---


def example(params: str = "eyB9", method: str = "echo") -> str:
    return (
        f"/?id=885&jsonrpc=2.0&method={method}&params={params}"
        "&signature=gJ5Oy1E5W4u9XpjWyMoJytlScU8%3D&access_key_id=57a67b3b-34e4-4c07-a8ca-e7ecb77a7f33"
    )


def test_the_worked_example_of_the_text_is_accepted_over_http(sandbox: ShiftboardSandbox) -> None:
    with serve(sandbox) as urls:
        answer = httpx.get(urls["shiftboard"] + example())
    assert answer.status_code == 200
    assert answer.json()["result"] == {}
    assert answer.json()["id"] == "885"
    assert sandbox.calls["echo"] == 1


@pytest.mark.parametrize(
    "target", [example(params="e30"), example(params="e30="), example(method="system.echo")]
)
def test_a_get_whose_text_or_method_is_not_what_was_signed_is_refused(
    sandbox: ShiftboardSandbox, target: str
) -> None:
    answer = sandbox.handle(Call.of("GET", target, {}, b""))
    assert "error" in orjson.loads(answer.body)
    assert "result" not in orjson.loads(answer.body)


def test_a_post_is_signed_over_its_exact_bytes(sandbox: ShiftboardSandbox) -> None:
    body = b'{"jsonrpc":"2.0", "id":1, "method":"system.echo","params":{"a":null}}'
    assert orjson.loads(post(sandbox, body).body)["result"] == {"a": None}
    target = "/?" + urlencode({"access_key_id": ACCESS_KEY_ID, "signature": sign(SIGNATURE_KEY, body)})
    changed = sandbox.handle(Call.of("POST", target, {}, body.replace(b", ", b",")))
    assert changed.status == 401
    assert orjson.loads(changed.body)["error"]["message"] == "Invalid signature"
    assert post(sandbox, body, key="x" * 40).status == 401


def test_key_and_signature_may_come_in_a_cookie(sandbox: ShiftboardSandbox) -> None:
    body = b'{"jsonrpc":"2.0","id":1,"method":"system.whoami","params":{}}'
    cookie = f'access_key_id={ACCESS_KEY_ID}; signature="{sign(SIGNATURE_KEY, body)}"'
    answer = sandbox.handle(Call.of("POST", "/servola/api/api.cgi", {"Cookie": cookie}, body))
    assert orjson.loads(answer.body)["result"]["account"] == sandbox.site.user
    assert sandbox.handle(Call.of("POST", "/elsewhere", {"Cookie": cookie}, body)).status == 404
    assert sandbox.handle(Call.of("PUT", "/", {"Cookie": cookie}, body)).status == 405


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"jsonrpc": "2.0", "id": 1, "method": "system.whoami"}, -32602),
        ({"jsonrpc": "2.0", "id": 1, "method": "system.whoami", "params": []}, -32602),
        ({"jsonrpc": 2.0, "id": 1, "method": "system.whoami", "params": {}}, -32600),
        ({"id": 1, "method": "system.whoami", "params": {}}, -32600),
        ({"jsonrpc": "2.0", "id": 1, "method": "system.nothing", "params": {}}, -32601),
        ({"jsonrpc": "2.0", "id": 1, "method": "calendar.summary", "params": {}}, -32601),
        (b"{", -32700),
        ([], -32600),
        ([{}] * 51, -32600),
    ],
)
def test_a_request_that_is_not_proper_gets_an_error_object_with_http_200(
    sandbox: ShiftboardSandbox, request_: Any, code: int
) -> None:
    answer = post(sandbox, request_)
    assert answer.status == 200
    assert orjson.loads(answer.body)["error"]["code"] == code


def test_a_batch_is_answered_in_another_order_with_ids_as_text(sandbox: ShiftboardSandbox) -> None:
    calls: list[Any] = [
        {"jsonrpc": "2.0", "id": n, "method": "system.echo", "params": {"n": n}} for n in range(20)
    ]
    calls += [{"jsonrpc": "2.0", "method": "system.echo", "params": {}}]
    calls += [{"jsonrpc": "2.0", "id": "x", "method": "nothing.get", "params": {}}]
    answers = orjson.loads(post(sandbox, calls).body)
    assert sorted(item["id"] for item in answers) == sorted([*map(str, range(20)), "x"])
    assert [item["id"] for item in answers] != [*map(str, range(20)), "x"]
    assert all(item["result"]["n"] == int(item["id"]) for item in answers if item["id"] != "x")
    assert next(item for item in answers if item["id"] == "x")["error"]["code"] == -32601
    assert sandbox.calls["batch"] == 1
    assert sandbox.methods["system.echo"] == 21


def test_writes_are_refused_and_counted_alone_and_in_batches(sandbox: ShiftboardSandbox) -> None:
    before = sandbox.truth()
    assert "error" not in ask(sandbox, "role.list")
    assert not sandbox.writes
    ask(sandbox, "shift.delete", id="2753001")
    post(sandbox, [{"jsonrpc": "2.0", "id": 1, "method": "system.getUserKeys", "params": {}}])
    assert sandbox.writes == {"shift.delete": 1, "system.getUserKeys": 1}
    assert sandbox.truth() == before


def test_a_denied_method_says_so(sandbox: ShiftboardSandbox) -> None:
    sandbox.denied.add("managerNote.list")
    assert ask(sandbox, "managerNote.list") == {
        "code": -32604,
        "message": "Permission denied",
        "data": {"code": "no_permission", "message": "Permission denied", "misc": ""},
    }
    assert "roles" in ask(sandbox, "role.list")


# --- pages, params and criteria ---


def test_pages_end_where_next_is_absent(sandbox: ShiftboardSandbox) -> None:
    first = ask(sandbox, "role.list")
    assert len(first["roles"]) == 10
    assert first["count"] == "12"
    assert first["page"] == {"this": {"batch": 10, "start": 1}, "next": {"batch": 10, "start": 11}}
    last = ask(sandbox, "role.list", page=first["page"]["next"])
    assert len(last["roles"]) == 2
    assert last["page"] == {"this": {"batch": 10, "start": 11}, "prev": {"batch": 10, "start": 1}}
    none = ask(sandbox, "role.list", select={"search": "nowhere"})
    assert none == {"roles": [], "count": "0"}
    exact = ask(sandbox, "role.list", page={"batch": 12})
    assert "next" not in exact["page"]


def test_some_methods_print_the_batch_as_text_and_take_it_back(sandbox: ShiftboardSandbox) -> None:
    first = ask(sandbox, "account.list", page={"batch": 5})
    assert first["page"]["next"] == {"batch": "5", "start": 6}
    second = ask(sandbox, "account.list", page=first["page"]["next"])
    assert len(second["accounts"]) == 5
    assert not {row["id"] for row in first["accounts"]} & {row["id"] for row in second["accounts"]}


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("role.list", {"page": {"batch": 1001}}),
        ("role.list", {"page": {"batch": 0}}),
        ("role.list", {"page": {"start": 0}}),
        ("role.list", {"page": {"size": 5}}),
        ("role.list", {"batch": True}),
        ("role.list", {"extended": True}),
        ("profileConfiguration.list", {"page": {"batch": 1000}}),
        ("accountPoints.list", {"account": "2001", "page": {"batch": 1000}}),
        ("managerNoteType.list", {"page": {"batch": 1000}}),
        ("managerNote.list", {"referenced_objects": False}),
        ("account.list", {"referenced_objects": False}),
        ("shift.listUpdated", {"referenced_objects": False}),
        ("timezone.list", {"select": {}}),
        ("role.list", {"select": {"rol": "1"}}),
        ("shift.list", {"extended": "true"}),
        ("shift.list", {"select": {"start_date": "11/02/2026"}}),
        ("shift.list", {"select": {"start_date": None}}),
        ("shift.list", {"select": {"scope": "everything"}}),
        ("shift.listUpdated", {"select": {"updated_since": "2026-11-01"}}),
        ("account.list", {"sort": "email"}),
        ("membership.list", {}),
        ("profileData.list", {}),
        ("attestationType.list", {}),
        ("accountPoints.list", {"select": {"account": "2001"}}),
        ("managerNote.list", {"select": {"start_date": "2026-01-01"}}),
        ("shift.get", {}),
    ],
)
def test_params_that_the_text_does_not_allow_are_refused(
    sandbox: ShiftboardSandbox, method: str, params: Record
) -> None:
    assert ask(sandbox, method, **params)["code"] == -32602


def test_accounts_can_be_sorted_by_id(sandbox: ShiftboardSandbox) -> None:
    rows = ask(sandbox, "account.list", sort="id", page={"batch": 1000})["accounts"]
    ids = [int(row["id"]) for row in rows]
    assert ids == sorted(ids)
    turned = ask(sandbox, "account.list", sort=[{"name": "id", "direction": "desc"}], page={"batch": 1000})
    assert [int(row["id"]) for row in turned["accounts"]] == ids[::-1]
    assert ids != [int(row["id"]) for row in ask(sandbox, "account.list", page={"batch": 1000})["accounts"]]


def test_extended_and_referenced_objects_default_as_each_method_says(sandbox: ShiftboardSandbox) -> None:
    shift = sandbox.create("shifts", start_date="2026-11-03T09:00:00")
    listed = ask(sandbox, "shift.list", page={"batch": 1000})
    assert "referenced_objects" in listed
    assert "updated" not in listed["shifts"][0]
    assert "breaks" in ask(sandbox, "shift.get", id=shift["id"])["shift"]
    assert "breaks" not in ask(sandbox, "shift.get", id=shift["id"], extended=False)["shift"]
    assert "referenced_objects" not in ask(sandbox, "shift.list", referenced_objects=False)
    assert "restricted_roles" in ask(sandbox, "workgroup.get", id=listed_group(sandbox))["workgroup"]
    assert "restricted_roles" not in ask(sandbox, "workgroup.list", extended=True)["workgroups"][0]
