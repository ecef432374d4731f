"""Notific: tickets about services, and the customers who want to hear of them. Self-hosted.

Read from the vendor's page "Rest API" (as of 2026-11-23). What is odd: the key stands in the query;
``Accept`` must name one of two media types; a write sends e-mail to customers, so nothing but GET is sent.
"""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, SecretStr

from fieldhouse.sources.engine.errors import FixSettings
from fieldhouse.sources.engine.http.auth import Query
from fieldhouse.sources.engine.http.client import Api
from fieldhouse.sources.engine.http.json_body import parse_json
from fieldhouse.sources.engine.http.messages import HttpRequest
from fieldhouse.sources.engine.http.pagination import Request, Single
from fieldhouse.sources.engine.spec import Vendor
from fieldhouse.sources.engine.spec.account_settings import AccountSettings

from .tables import TABLES
from .xml import parse as parse_xml

_READS = re.compile(r"api/(Tickets|Customers|Services|Operators)(/\d+)?")


class NotificSettings(AccountSettings):
    base_url: str = Field(description="where it is installed", examples=["https://notific.example.com"])
    api_key: SecretStr = Field(
        description="the secret API key of the Settings page", examples=["fake-api-key"]
    )
    format: Literal["json", "xml"] = Field(
        "json", description="the media type that is asked for", examples=["json"]
    )
    allow_http: bool = Field(
        True,
        description="whether plain http may go to another machine: it is often installed in-house",
        examples=[True],
    )


def connect(settings: NotificSettings) -> Api:
    """The installation's API."""
    media = {"Accept": f"application/{settings.format}"}
    parse = parse_json if settings.format == "json" else parse_xml

    def encode(ask: Request) -> HttpRequest:
        return HttpRequest("GET", f"/{ask.path}", headers=media)

    return Api(
        base_url=settings.base_url,
        auth=Query("key", settings.api_key.get_secret_value()),
        encode=encode,
        decode=lambda response, ask: parse(response.body),
        allowed=lambda ask: _READS.fullmatch(ask.path) is not None,
        html=FixSettings,
        credentials="api_key",
    )


VENDOR = Vendor(
    name="notific",
    title="Notific",
    tables=TABLES,
    settings=NotificSettings,
    connect=connect,
    pager=Single(),
    concurrency=(2, 4),
)
