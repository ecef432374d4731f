"""The vendor's own Shiftboard clients, by their way of encoding and signing and by their paths, against the sandbox.

Each client is a function that writes the request line, and the body of a POST, as that client does. They are written
from the clients' behaviour; none of their code is here.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from urllib.parse import quote, urlencode

import pytest

from fieldhouse.sources.sandbox.sandbox import Answer, Call
from fieldhouse.sources.sandbox.shiftboard.api import ACCESS_KEY_ID, SIGNATURE_KEY, ShiftboardSandbox

Sent = tuple[str, str, bytes]
"""HTTP method, target, body."""


def digest(data: str, key: str = SIGNATURE_KEY) -> bytes:
    return hmac.new(key.encode(), data.encode(), hashlib.sha1).digest()


def signed(method: str, params: str, key: str) -> bytes:
    return digest(f"method{method}params{params}", key)


def python3(method: str, params: str, key: str) -> Sent:
    """URL-safe base64 with padding, escaped, at the root."""
    query = {
        "id": 1,
        "jsonrpc": "2.0",
        "method": method,
        "params": base64.urlsafe_b64encode(params.encode()).decode(),
        "access_key_id": ACCESS_KEY_ID,
        "signature": base64.urlsafe_b64encode(signed(method, params, key)).decode(),
    }
    return "GET", f"/?{urlencode(query)}", b""


def java(method: str, params: str, key: str) -> Sent:
    """URL-safe base64 without padding, nothing escaped."""
    coded = [
        base64.urlsafe_b64encode(raw).decode().rstrip("=")
        for raw in (params.encode(), signed(method, params, key))
    ]
    query = f"jsonrpc=2.0&access_key_id={ACCESS_KEY_ID}&method={method}&params={coded[0]}&signature={coded[1]}&id=1"
    return "GET", f"/api/api.cgi?{query}", b""


def perl(method: str, params: str, key: str) -> Sent:
    """Standard base64: the parameters are escaped, the signature is not."""
    coded = quote(base64.b64encode(params.encode()).decode(), safe="")
    signature = base64.b64encode(signed(method, params, key)).decode()
    query = (
        f"jsonrpc=2.0&access_key_id={ACCESS_KEY_ID}&method={method}&params={coded}&signature={signature}&id=1"
    )
    return "GET", f"/api/api.cgi?{query}", b""


def ruby(method: str, params: str, key: str) -> Sent:
    """Standard base64, all of it escaped."""
    query = {
        "jsonrpc": "2.0",
        "access_key_id": ACCESS_KEY_ID,
        "method": method,
        "params": base64.b64encode(params.encode()).decode(),
        "signature": base64.b64encode(signed(method, params, key)).decode(),
        "id": 1,
    }
    return "GET", f"/api/api.cgi?{urlencode(query)}", b""


def c_sharp(method: str, params: str, key: str) -> Sent:
    """Standard base64, nothing escaped, no id."""
    coded = base64.b64encode(params.encode()).decode()
    signature = base64.b64encode(signed(method, params, key)).decode()
    query = f"jsonrpc=2.0&method={method}&params={coded}&access_key_id={ACCESS_KEY_ID}&signature={signature}"
    return "GET", f"/api/api.cgi?{query}", b""


def php(method: str, params: str, key: str) -> Sent:
    """The vendor text's sample: standard base64, escaped, an empty parameter first."""
    coded, signature = (
        quote(base64.b64encode(raw).decode(), safe="")
        for raw in (params.encode(), signed(method, params, key))
    )
    query = f"&access_key_id={ACCESS_KEY_ID}&jsonrpc=2.0&id=1&method={method}&params={coded}&signature={signature}"
    return "GET", f"/servola/api/api.cgi?{query}", b""


def javascript(method: str, params: str, key: str) -> Sent:
    """POST of a request object whose bytes are signed."""
    body = json.dumps({"id": 1, "jsonrpc": "2.0", "method": method, "params": json.loads(params)})
    signature = quote(base64.b64encode(digest(body, key)).decode(), safe="")
    target = f"/servola/api/api.cgi?access_key_id={ACCESS_KEY_ID}&signature={signature}"
    return "POST", target, body.encode()


def javascript_get(method: str, params: str, key: str) -> Sent:
    coded, signature = (
        quote(base64.b64encode(raw).decode(), safe="")
        for raw in (params.encode(), signed(method, params, key))
    )
    query = (
        f"access_key_id={ACCESS_KEY_ID}&jsonrpc=2.0&id=1&method={method}&params={coded}&signature={signature}"
    )
    return "GET", f"/servola/api/api.cgi?{query}", b""


CLIENTS = [python3, java, perl, ruby, c_sharp, php, javascript, javascript_get]
Client = Callable[[str, str, str], Sent]


@pytest.fixture(scope="module")
def sandbox() -> ShiftboardSandbox:
    return ShiftboardSandbox(size=0.05, edge_cases=True)


def answered(sandbox: ShiftboardSandbox, sent: Sent) -> Answer:
    verb, target, body = sent
    return sandbox.handle(Call.of(verb, target, {"Host": "sandbox"}, body))


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.__name__)
def test_client_is_answered_whatever_its_base64_contains(sandbox: ShiftboardSandbox, client: Client) -> None:
    """Of 40 requests some have +, / or = in the parameters or in the signature."""
    for start in range(1, 41):
        params = json.dumps({"page": {"start": start, "batch": 10}, "select": {}}, separators=(",", ":"))
        answer = answered(sandbox, client("role.list", params, SIGNATURE_KEY))
        assert answer.status == 200
        assert "roles" in json.loads(answer.body)["result"]


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.__name__)
def test_client_with_a_wrong_key_is_refused_with_the_reason_in_data(
    sandbox: ShiftboardSandbox, client: Client
) -> None:
    answer = answered(sandbox, client("role.list", "{}", "another key"))
    assert answer.status == 401
    error = json.loads(answer.body)["error"]
    assert error["data"] == {"code": "invalid_signature", "message": "Invalid signature", "misc": ""}


@pytest.mark.parametrize("path", ["/", "/servola/api/api.cgi", "/api/api.cgi"])
@pytest.mark.parametrize("client", [python3, javascript], ids=["get", "post"])
def test_every_path_takes_get_and_post(sandbox: ShiftboardSandbox, client: Client, path: str) -> None:
    verb, target, body = client("system.echo", '{"dinner":"nachos"}', SIGNATURE_KEY)
    answer = answered(sandbox, (verb, f"{path}?{target.partition('?')[2]}", body))
    assert json.loads(answer.body)["result"] == {"dinner": "nachos"}
