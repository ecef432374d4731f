"""ServiceBridge: field service, from the first lead to the payment.

Read from the vendor's help page "Public API" (as of 2026-11-23) and, where it is silent, from public clients.
What is odd: the version stands in the path, and an unknown one looks like an unknown list; errors may come
with status 200; ``changeTime`` is not documented and is proven list by list; the session key stands in URLs.
"""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, SecretStr, field_validator, model_validator

from fieldhouse.sources.engine.errors import NotFound, SourceError
from fieldhouse.sources.engine.http.auth import Auth, basic
from fieldhouse.sources.engine.http.client import Api
from fieldhouse.sources.engine.http.messages import HttpRequest, Response
from fieldhouse.sources.engine.http.pagination import Request
from fieldhouse.sources.engine.spec import Vendor
from fieldhouse.sources.engine.spec.account_settings import AccountSettings, is_address

from . import auth, envelope
from .tables import PAGES, TABLES

_VERSION = r"v\d+(\.\d+)*"
_LISTS = frozenset(table.path for table in TABLES)
_NEEDS = {
    "session": ("user_id", "password"),
    "basic": ("user_id", "password"),
    "oauth": ("app_id", "app_secret", "refresh_token", "token_url"),
}


class ServiceBridgeSettings(AccountSettings):
    base_url: str = Field(
        "https://cloud.servicebridge.com/api",
        description="the API's address, without the version",
        examples=["https://cloud.servicebridge.com/api"],
    )
    api_version: str = Field("v1", description="version of the API, part of every path", examples=["v4.5"])
    auth: Literal["session", "oauth", "basic"] = Field(
        "session",
        description="session (an API user), oauth (an app) or basic (an API user, no key in URLs)",
        examples=["session"],
    )
    user_id: str | None = Field(
        None, description="the API user's id", examples=["550000017"], coerce_numbers_to_str=True
    )
    password: SecretStr | None = Field(
        None, description="the API user's own password", examples=["fake-password"]
    )
    app_id: str | None = Field(
        None, description="the app's id", examples=["fake-app"], coerce_numbers_to_str=True
    )
    app_secret: SecretStr | None = Field(None, description="the app's secret", examples=["fake-secret"])
    refresh_token: SecretStr | None = Field(
        None,
        description="the app's refresh token (offline access); it holds 30 days",
        examples=["fake-refresh-token"],
    )
    token_url: str | None = Field(
        None,
        description="the app's token endpoint, a whole address",
        examples=["https://cloud.servicebridge.com/oauth/token"],
    )

    @field_validator("api_version")
    @classmethod
    def _is_version(cls, value: str) -> str:
        if not re.fullmatch(_VERSION, value):
            raise ValueError(f"expected a version such as {', '.join(envelope.VERSIONS)}")
        return value

    @field_validator("token_url")
    @classmethod
    def _is_token_address(cls, value: str | None) -> str | None:
        if value is not None and not is_address(value):
            raise ValueError("expected an address that begins with https://")
        return value

    @model_validator(mode="after")
    def _version_stands_apart(self) -> ServiceBridgeSettings:
        """An address that was copied with its version, ``…/api/v1``, names the version unless the setting does."""
        root, _, last = self.base_url.rpartition("/")
        if re.fullmatch(_VERSION, last):
            self.base_url = root
            if "api_version" not in self.model_fields_set:
                self.api_version = last
        return self

    @model_validator(mode="after")
    def _has_credentials(self) -> ServiceBridgeSettings:
        missing = [name for name in _NEEDS[self.auth] if not getattr(self, name)]
        if missing:
            raise ValueError(f"auth = {self.auth!r} needs {', '.join(missing)}")
        return self


def connect(settings: ServiceBridgeSettings) -> Api:
    """The account's API, entered as the setting ``auth`` says."""
    version = settings.api_version
    place = auth.Place.of(settings.base_url, version)

    def encode(ask: Request) -> HttpRequest:
        params = tuple((name, str(value)) for name, value in ask.params.items())
        return HttpRequest("GET", f"{place.root}/{ask.path}", params, {"Accept": "application/json"})

    def refusal(response: Response, ask: Request) -> SourceError | None:
        if response.status == 404 and envelope.unknown_method(response):
            return envelope.no_method(ask, version)
        if response.status == 400 and envelope.is_single(ask) and envelope.is_gone(response):
            return NotFound(f"{ask.path} does not exist (HTTP 400)")
        return None

    return Api(
        base_url=settings.base_url,
        auth=_auth(settings, place),
        encode=encode,
        decode=envelope.decode,
        page_info=envelope.seen,
        allowed=_is_read,
        refusal=refusal,
        credentials=" and ".join(_NEEDS[settings.auth][:2]),
    )


def _is_read(ask: Request) -> bool:
    above, _, last = ask.path.rpartition("/")
    return ask.path in _LISTS or (last.isdigit() and above in _LISTS)


def _auth(settings: ServiceBridgeSettings, place: auth.Place) -> Auth:
    if settings.auth == "oauth":
        assert settings.token_url
        assert settings.app_id
        return auth.app(
            settings.token_url, settings.app_id, _plain(settings.app_secret), _plain(settings.refresh_token)
        )
    assert settings.user_id
    if settings.auth == "basic":
        return basic(settings.user_id, _plain(settings.password))
    return auth.session(place, settings.user_id, _plain(settings.password))


def _plain(secret: SecretStr | None) -> str:
    assert secret is not None
    return secret.get_secret_value()


VENDOR = Vendor(
    name="servicebridge",
    title="ServiceBridge",
    tables=TABLES,
    settings=ServiceBridgeSettings,
    connect=connect,
    pager=PAGES,
    limits=((50, 1.0), (60_000, 3600.0)),
    concurrency=(8, 16),
)
