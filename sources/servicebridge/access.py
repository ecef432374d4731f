"""The three ways into ServiceBridge: a session key, an app's OAuth token, HTTP Basic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import orjson

from sources.engine.auth import Login, Request, Response
from sources.engine.bodies import parse_json
from sources.engine.errors import FixSettings, Unauthorized, VendorChanged
from sources.engine.redact import remember

from .envelope import no_version, unknown_method

Send = Callable[[Request], Response]


def session(version: str, user_id: str, password: str) -> Login:
    """``POST /Login`` gives a key for 30 minutes, sliding; it goes as ``sessionKey`` with every request."""
    body = orjson.dumps({"UserId": user_id, "Password": password})
    request = Request("POST", f"/{version}/Login", headers={"Content-Type": "application/json"}, body=body)

    def login(send: Send) -> str:
        response = send(request)
        if response.status == 404 and unknown_method(response):
            raise no_version(version)
        if response.status in (401, 403):
            raise Unauthorized(
                f"user_id and password are not accepted (HTTP {response.status})",
                do="Check them in the settings, and that the API user is active.",
            )
        document = _object(response, "POST /Login")
        key = document.get("Data")
        if document.get("Success") is not True or not isinstance(key, str) or not key:
            raise Unauthorized("the login gave no session key", do="Check user_id and password.")
        return key

    return Login(login, lambda request, key: request.with_params(("sessionKey", key)))


def app(token_url: str, app_id: str, app_secret: str, refresh_token: str) -> Login:
    """An access token for one hour, from a refresh token that holds 30 days (RFC 6749, section 6).

    Where the vendor answers with a new refresh token, this run goes on with that one.
    """
    held = {"refresh_token": refresh_token}

    def login(send: Send) -> str:
        form = {"grant_type": "refresh_token", "client_id": app_id, "client_secret": app_secret, **held}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        response = send(Request("POST", token_url, headers=headers, body=urlencode(form).encode()))
        if response.status in (400, 401, 403):
            raise Unauthorized(
                f"the token endpoint refuses the app or its refresh token (HTTP {response.status})",
                do="A refresh token holds 30 days: authorize the app again with offline access, then set "
                "refresh_token; check app_id and app_secret.",
            )
        document = _object(response, "the token endpoint")
        if isinstance(document.get("refresh_token"), str):
            held["refresh_token"] = document["refresh_token"]
            remember([held["refresh_token"]])
        token = document.get("access_token")
        if not isinstance(token, str) or not token:
            raise VendorChanged("the token endpoint gave no access_token", do="Check token_url.")
        return token

    return Login(login, lambda request, token: request.with_header("Authorization", f"Bearer {token}"))


def _object(response: Response, where: str) -> dict[str, Any]:
    if response.status == 404:
        raise FixSettings(f"{where} does not exist (HTTP 404)", do="Check base_url and token_url.")
    try:
        document = parse_json(response.body)
    except ValueError:
        document = None
    if response.status != 200 or not isinstance(document, dict):
        raise VendorChanged(f"{where} answered HTTP {response.status} without a JSON object")
    return document
