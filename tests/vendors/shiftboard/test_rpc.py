"""Shiftboard's requests: signatures, keys, and what lists and feeds take."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import parse_qs, quote

import pytest
from pydantic import ValidationError

from fieldhouse.sources.engine.errors import (
    Unauthorized,
)
from fieldhouse.sources.engine.http.messages import HttpRequest
from fieldhouse.sources.engine.http.pagination import Request
from fieldhouse.sources.sandbox.server import serve
from fieldhouse.sources.sandbox.shiftboard.api import SIGNATURE_KEY, ShiftboardSandbox
from fieldhouse.sources.shiftboard import VENDOR, ShiftboardSettings
from fieldhouse.sources.shiftboard.rpc import encode, encode_many
from fieldhouse.sources.shiftboard.signing import Signed, signature
from tests.support.reader_harness import client
from tests.vendors.shiftboard.rpc_replies import ACCESS, KEY, ROLES, SETTINGS, replying


def no_send(request: HttpRequest) -> Any:
    raise AssertionError("signing sends nothing")


# --- signatures ---


def test_the_worked_example_of_the_text() -> None:
    made = signature(KEY, b"methodechoparams{ }")
    assert made == "gJ5Oy1E5W4u9XpjWyMoJytlScU8="
    url = (
        f"https://api.shiftdata.com/?id=885&jsonrpc=2.0&method=echo&params={base64.b64encode(b'{ }').decode()}"
        f"&signature={quote(made, safe='')}&access_key_id={ACCESS}"
    )
    assert url == (
        "https://api.shiftdata.com/?id=885&jsonrpc=2.0&method=echo&params=eyB9"
        "&signature=gJ5Oy1E5W4u9XpjWyMoJytlScU8%3D&access_key_id=57a67b3b-34e4-4c07-a8ca-e7ecb77a7f33"
    )


@pytest.mark.parametrize("text", ["{}", "{ }\n", base64.b64encode(b"{ }").decode()])
def test_any_other_text_has_another_signature(text: str) -> None:
    assert signature(KEY, f"methodechoparams{text}".encode()) != "gJ5Oy1E5W4u9XpjWyMoJytlScU8="


def test_a_post_is_signed_over_the_bytes_that_are_sent() -> None:
    wire, sent = replying(lambda call: {"id": call["id"], "jsonrpc": "2.0", "result": {"roles": []}})
    with client(VENDOR, SETTINGS, wire) as asking:
        asking.get(Request("role.list", {"select": {"search": "Köchin / +&="}}))
    (request,) = sent
    assert request.method == "POST"
    assert (request.url.scheme, request.url.host, request.url.path) == ("https", "api.shiftdata.com", "/")
    query = parse_qs(request.url.query.decode(), strict_parsing=True)
    made = base64.b64encode(hmac.new(KEY.encode(), request.content, hashlib.sha1).digest()).decode()
    assert query == {"access_key_id": [ACCESS], "signature": [made]}
    sent_call = json.loads(request.content)
    assert sent_call.pop("id").isdecimal()
    assert sent_call == {
        "jsonrpc": "2.0",
        "method": "role.list",
        "params": {"select": {"search": "Köchin / +&="}},
    }
    assert KEY not in str(request.url) + request.content.decode()


def test_a_signature_with_signs_arrives_over_http() -> None:
    """+, / and = of base64 must survive the query string: enough bodies to have met all three."""
    with (
        serve(ShiftboardSandbox(size=0.02, edge_cases=True)) as urls,
        client(VENDOR, {**SETTINGS, "base_url": urls["shiftboard"]}) as asking,
    ):
        for number in range(40):
            assert asking.get(Request("role.list", {"select": {"search": f"none {number}"}}))["roles"] == []


def test_the_other_address_of_the_text_works_too() -> None:
    with serve(ShiftboardSandbox(size=0.02, edge_cases=True)) as urls:
        address = f"{urls['shiftboard']}/servola/api/api.cgi/"
        with client(VENDOR, {**SETTINGS, "base_url": address}) as asking:
            assert asking.get(Request("system.timestamp"))["timezone"] == "America/Los_Angeles"


def test_a_wrong_key_is_a_setting_to_fix() -> None:
    wrong = {**SETTINGS, "signature_key": "x" * 40}
    with (
        serve(ShiftboardSandbox(size=0.02, edge_cases=True)) as urls,
        client(VENDOR, {**wrong, "base_url": urls["shiftboard"]}) as asking,
        pytest.raises(Unauthorized, match="access_key_id and signature_key") as refused,
    ):
        asking.get(ROLES)
    assert refused.value.exit_code == 2
    assert "x" * 40 not in str(refused.value)


def test_a_key_is_not_renewed_and_not_shown() -> None:
    signed = Signed(ACCESS, KEY)
    assert signed.renew(encode(ROLES), no_send) is False
    assert KEY not in repr(signed)
    assert KEY not in repr(ShiftboardSettings.model_validate(SETTINGS))
    assert SIGNATURE_KEY == KEY


def test_the_settings_need_both_keys_and_have_an_address() -> None:
    assert ShiftboardSettings.model_validate(SETTINGS).base_url == "https://api.shiftdata.com"
    for missing in SETTINGS:
        with pytest.raises(ValidationError):
            ShiftboardSettings.model_validate({**SETTINGS, missing: ""})


# --- requests ---


def test_what_a_list_takes_and_its_feed_does_not() -> None:
    def params(ask: Request) -> Any:
        body = encode(ask).body
        assert body
        return json.loads(body)["params"]

    assert params(Request("account.list", {"extended": True})) == {"extended": True, "sort": "id"}
    assert params(Request("account.listUpdated", {"extended": True})) == {"extended": True}
    assert params(Request("shift.list")) == {"referenced_objects": False}
    assert params(Request("shift.listUpdated")) == {}


def test_a_batch_is_one_array_with_an_id_each() -> None:
    request = encode_many([Request("accountPoints.list", {"account": str(n)}) for n in (113, 114)])
    assert request.body
    calls = json.loads(request.body)
    one, two = (int(call["id"]) for call in calls)
    assert two == one + 1
    assert [call["params"] for call in calls] == [{"account": "113"}, {"account": "114"}]
    assert {call["jsonrpc"] for call in calls} == {"2.0"}
