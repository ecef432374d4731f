"""The three ways into ServiceBridge: a session key, an app's OAuth token, HTTP Basic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson

from fieldhouse.sources.engine.errors import FixSettings, Unauthorized, VendorChanged
from fieldhouse.sources.engine.http.auth import Login
from fieldhouse.sources.engine.http.json_body import parse_json
from fieldhouse.sources.engine.http.messages import HttpRequest, Response
from fieldhouse.sources.engine.redact import remember

from .envelope import no_version, unknown_method

Send = Callable[[HttpRequest], Response]


@dataclass
class Place:
    """Where the API's paths begin below ``base_url``: the version, behind ``/api`` where the address is a mere host.

    ``others`` are where else they may begin; the login finds out, since any other path of an unknown place looks
    like an unknown list.
    """

    version: str
    root: str
    others: tuple[str, ...] = ()
    left: str | None = None

    @classmethod
    def of(cls, base_url: str, version: str) -> Place:
        bare = not urlsplit(base_url).path.strip("/")
        return cls(version, f"/api/{version}", (f"/{version}",)) if bare else cls(version, f"/{version}")

    def moved(self, request: HttpRequest) -> HttpRequest:
        """A request that was made before the login found the place."""
        if self.left is None or not request.path.startswith(f"{self.left}/"):
            return request
        return replace(request, path=self.root + request.path.removeprefix(self.left))


def session(place: Place, user_id: str, password: str) -> Login:
    """``POST /Login`` gives a key for 30 minutes, sliding; it goes as ``sessionKey`` with every request."""
    body = orjson.dumps({"UserId": user_id, "Password": password})
    headers = {"Accept": "application/json", "Content-Type": "application/json"}

    def login(send: Send) -> str:
        response = _at(
            place, lambda root: send(HttpRequest("POST", f"{root}/Login", headers=headers, body=body))
        )
        if response.status == 404 and unknown_method(response):
            raise no_version(place.version)
        if response.status in (400, 401, 403):
            raise Unauthorized(
                f"user_id and password are not accepted (HTTP {response.status})",
                do="Check them in the settings, and that the API user is active.",
            )
        document = _object(response, "POST /Login")
        key = document.get("Data")
        if document.get("Success") is not True or not isinstance(key, str) or not key:
            raise Unauthorized("the login gave no session key", do="Check user_id and password.")
        return key

    return Login(login, lambda request, key: place.moved(request).with_params(("sessionKey", key)))


def _at(place: Place, send: Callable[[str], Response]) -> Response:
    """The answer of the first place that is there; it is the place from then on."""
    first = send(place.root)
    if first.status == 404:
        for root in place.others:
            response = send(root)
            if response.status != 404:
                place.root, place.left = root, place.root
                return response
    return first


def app(token_url: str, app_id: str, app_secret: str, refresh_token: str) -> Login:
    """An access token for one hour, from a refresh token that holds 30 days (RFC 6749, section 6).

    Where the vendor answers with a new refresh token, this run goes on with that one.
    """
    renewed = {"refresh_token": refresh_token}

    def login(send: Send) -> str:
        form = {"grant_type": "refresh_token", "client_id": app_id, "client_secret": app_secret, **renewed}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        response = send(HttpRequest("POST", token_url, headers=headers, body=urlencode(form).encode()))
        if response.status in (400, 401, 403):
            raise Unauthorized(
                f"the token endpoint refuses the app or its refresh token (HTTP {response.status})",
                do="A refresh token holds 30 days: authorize the app again with offline access, then set "
                "refresh_token; check app_id and app_secret.",
            )
        document = _object(response, "the token endpoint")
        if isinstance(document.get("refresh_token"), str):
            renewed["refresh_token"] = document["refresh_token"]
            remember([renewed["refresh_token"]])
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
