"""BOSSDesk: a help desk with assets.

Read from the vendor's API documentation (as of 2026-11-23): lists, pagination, search (Ransack), response codes.
What is odd: the ticket list lacks its own times, so what changed can be seen only in a filter or in the details;
Ransack ignores an unknown predicate in silence, so the filter is proven before it is trusted. Articles have a text of
their own, that of API v2 (docs.bossdesk.io/api_v2), whose address stands beside that of v1.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from pydantic import Field, SecretStr, model_validator

from fieldhouse.sources.engine.errors import Unauthorized, VendorChanged
from fieldhouse.sources.engine.http.auth import Auth, Header, Login, basic
from fieldhouse.sources.engine.http.client import Api
from fieldhouse.sources.engine.http.json_body import parse_json
from fieldhouse.sources.engine.http.messages import HttpRequest, Response
from fieldhouse.sources.engine.http.pagination import PageNumber, Request
from fieldhouse.sources.engine.spec import Vendor
from fieldhouse.sources.engine.spec.account_settings import AccountSettings

from .tables import SECOND_VERSION, TABLES


class BossDeskSettings(AccountSettings):
    base_url: str = Field(
        description="the account's API address", examples=["https://mycompany.bossdesk.io/api/v1"]
    )
    api_key: SecretStr | None = Field(None, description="the API key", examples=["c3176bbca97c5b7e…"])
    username: str | None = Field(
        None, description="user name, where the key is fetched by signing in", examples=["fake-user"]
    )
    password: SecretStr | None = Field(None, description="password of that user", examples=["fake-password"])

    @model_validator(mode="after")
    def _has_credentials(self) -> BossDeskSettings:
        if not self.api_key and not (self.username and self.password):
            raise ValueError("needs api_key, or username and password")
        return self


def connect(settings: BossDeskSettings) -> Api:
    """The account's API. The key is configured, or fetched once by ``POST /sessions``."""
    return Api(
        base_url=settings.base_url,
        auth=_auth(settings),
        encode=partial(_encode, _second_version(settings.base_url)),
        decode=lambda response, ask: parse_json(response.body),
        allowed=lambda ask: True,
        credentials="api_key" if settings.api_key else "username and password",
    )


def _second_version(base_url: str) -> str:
    """The address of API v2, which stands beside v1."""
    return base_url.removesuffix("/v1")


def _encode(beside: str, ask: Request) -> HttpRequest:
    params = tuple((name, str(value)) for name, value in ask.params.items())
    path = f"{beside}/{ask.path}" if ask.path.startswith(SECOND_VERSION) else f"/{ask.path}"
    return HttpRequest("GET", path, params, {"Content-Type": "application/json"})


def _token(key: str) -> str:
    return f'Token token="{key}"'


def _auth(settings: BossDeskSettings) -> Auth:
    if settings.api_key:
        return Header("Authorization", _token(settings.api_key.get_secret_value()))
    assert settings.username
    assert settings.password
    sign_in = basic(settings.username, settings.password.get_secret_value())

    def login(send: Callable[[HttpRequest], Response]) -> str:
        request = HttpRequest("POST", "/sessions", headers={"Content-Type": "application/json"})
        response = send(sign_in.sign(request, send))
        if response.status in (401, 403):
            raise Unauthorized("username and password are not accepted", do="Check them in the settings.")
        try:
            return str(parse_json(response.body)["api_key"])
        except (ValueError, KeyError, TypeError):
            raise VendorChanged(
                f"POST /sessions answered HTTP {response.status} without an api_key"
            ) from None

    return Login(login, lambda request, key: request.with_header("Authorization", _token(key)))


VENDOR = Vendor(
    name="bossdesk",
    title="BOSSDesk",
    tables=TABLES,
    settings=BossDeskSettings,
    connect=connect,
    pager=PageNumber("page", "per_page", 30),
    concurrency=(8, 16),
    control="account",
)
