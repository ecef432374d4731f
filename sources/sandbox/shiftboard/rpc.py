"""JSON-RPC 2.0 as Shiftboard speaks it: signatures, single requests, batch requests, errors.

Vendor text, lines 110-226. Error codes and HTTP statuses are not in it: the numbers are JSON-RPC 2.0's own and
its server range's, the words are in ``error.data`` as the vendor's clients read them, and a request that is not signed
properly gets 401.

The vendor's own clients encode in base64 of either alphabet, with and without padding, and some leave ``+``, ``/`` and
``=`` unescaped in the query: all of that is accepted, as the vendor does.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from http.cookies import CookieError, SimpleCookie
from typing import Any

import orjson

from fieldhouse.sources.sandbox.sandbox import Answer, Call, Record, json_body

PARSE_ERROR, INVALID_REQUEST, NO_METHOD, INVALID_PARAMS = -32700, -32600, -32601, -32602
NOT_FOUND, UNAUTHORIZED, READ_ONLY, DENIED = -32000, -32001, -32003, -32604
WORDS = {
    PARSE_ERROR: "parse_error",
    INVALID_REQUEST: "invalid_request",
    NO_METHOD: "method_not_found",
    INVALID_PARAMS: "invalid_params",
    NOT_FOUND: "not_found",
    UNAUTHORIZED: "invalid_signature",
    READ_ONLY: "not_allowed",
    DENIED: "no_permission",
}
"""``error.data.code`` of each code. Decided: the vendor publishes no list."""
BATCH_LIMIT = 50


class RpcError(Exception):
    """A refusal that goes back as the ``error`` object of a response."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def sign(key: str, data: bytes) -> str:
    """Base64 of HMAC-SHA1; the key is its literal text, not decoded (worked example in line 184)."""
    return base64.b64encode(hmac.new(key.encode(), data, hashlib.sha1).digest()).decode()


def credentials(call: Call) -> tuple[str, str]:
    """Access key id and signature, from the query string or a cookie (lines 179-182); empty where absent."""
    cookies: SimpleCookie = SimpleCookie()
    try:
        cookies.load(call.headers.get("cookie", ""))
    except CookieError:
        cookies = SimpleCookie()
    values = []
    for name in ("access_key_id", "signature"):
        cookie = cookies.get(name)
        values.append(call.first(name) or (cookie.value if cookie else ""))
    return values[0], values[1]


def signed_bytes(call: Call) -> bytes:
    """What the signature covers: the body of a POST; method and decoded params of a GET (lines 205-212)."""
    if call.method == "POST":
        return call.body
    return b"method" + (call.first("method") or "").encode() + b"params" + _params_text(call)


def decoded(text: str) -> bytes:
    """Base64 of either alphabet, padded or not; a blank is a ``+`` that was not escaped in the query.

    Raises:
        ValueError: something else.
    """
    standard = text.replace(" ", "+").replace("-", "+").replace("_", "/").rstrip("=")
    return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)


def is_signed(call: Call, key: str, signature: str) -> bool:
    """True if ``signature`` is the one of what the call sends."""
    try:
        given = decoded(signature)
    except ValueError:
        return False
    return hmac.compare_digest(given, base64.b64decode(sign(key, signed_bytes(call))))


def _params_text(call: Call) -> bytes:
    try:
        return decoded(call.first("params") or "")
    except ValueError as error:
        raise RpcError(PARSE_ERROR, "params is not base64") from error


def parse(call: Call) -> Any:
    """The request object, or the array of a batch request; RpcError where it cannot be parsed."""
    text = call.body
    if call.method == "GET":
        text = _params_text(call)
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise RpcError(PARSE_ERROR, "Parse error") from error
    if call.method == "POST":
        return value
    request: Record = {"params": value}
    for name in ("id", "jsonrpc", "method"):
        if (given := call.first(name)) is not None:
            request[name] = given
    return request


def checked(request: Any) -> tuple[str, Record]:
    """Method and params of one request object; RpcError where a component is missing or of a wrong type."""
    if not isinstance(request, dict):
        raise RpcError(INVALID_REQUEST, "A request must be an object")
    if request.get("jsonrpc") != "2.0":
        raise RpcError(INVALID_REQUEST, 'jsonrpc must be the string "2.0"')
    if not isinstance(request.get("id"), (str, int, type(None))) or isinstance(request.get("id"), bool):
        raise RpcError(INVALID_REQUEST, "id must be an integer or a string")
    method = request.get("method")
    if not isinstance(method, str) or not method:
        raise RpcError(INVALID_REQUEST, "method is missing")
    params = request.get("params")
    if not isinstance(params, dict):
        raise RpcError(INVALID_PARAMS, "params is required and must be an object")
    return method, params


def success(identity: Any, result: Any) -> Record:
    return {"id": identity, "jsonrpc": "2.0", "seconds": "0.031415", "result": result}


def failure(identity: Any, error: RpcError) -> Record:
    data = {"code": WORDS[error.code], "message": error.message, "misc": ""}
    return {
        "id": identity,
        "jsonrpc": "2.0",
        "error": {"code": error.code, "message": error.message, "data": data},
    }


def answer_json(value: Any, status: int = 200) -> Answer:
    return Answer(status, json_body(value), {"Content-Type": "application/json"})
