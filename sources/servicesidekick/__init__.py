"""ServiceSidekick (today published as Kickserv): customers, jobs and tasks of a field service.

Read from the vendor's help page "ServiceSidekick API" (as of 2026-11-23) and from recorded bodies of the same
API under its later name. What is odd: XML in Rails' dress; a missing record answers 400; children come only
with ``include=``; rows hold secrets, which are dropped while a body is read. Opportunities, invoices and charges have
lists of their own in public notes on a later version (Kickserv API v2, unofficial, 2023); an account may lack them.
"""

from __future__ import annotations

import re

from pydantic import Field, SecretStr

from fieldhouse.sources.engine.errors import NotFound, SourceError, Unauthorized
from fieldhouse.sources.engine.http.auth import basic
from fieldhouse.sources.engine.http.client import Api
from fieldhouse.sources.engine.http.messages import HttpRequest, Response
from fieldhouse.sources.engine.http.pagination import Request
from fieldhouse.sources.engine.spec import Vendor
from fieldhouse.sources.engine.spec.account_settings import AccountSettings

from .tables import PAGES, TABLES
from .xml import MOST_BYTES, decode, is_invalid

_READS = re.compile(
    r"(customers|jobs|tasks|employees|opportunities|invoices)(/\d+(/(notes|time_entries|job_charges))?)?\.xml"
)
_ONE = re.compile(r"/\d+(\.xml|/)")


class ServiceSidekickSettings(AccountSettings):
    base_url: str = Field(
        description="the account's address", examples=["https://mycompany.servicesidekick.com"]
    )
    api_token: SecretStr = Field(
        description="an employee's API token; it changes with the password", examples=["fake-api-token"]
    )


def connect(settings: ServiceSidekickSettings) -> Api:
    """The account's API; the token is both user and password of HTTP Basic."""
    token = settings.api_token.get_secret_value()
    return Api(
        base_url=settings.base_url,
        auth=basic(token, token),
        encode=_encode,
        decode=decode,
        allowed=lambda ask: _READS.fullmatch(ask.path) is not None,
        refusal=_refusal,
        credentials="api_token",
        extra={"transport": {"max_bytes": MOST_BYTES}},
    )


def _encode(ask: Request) -> HttpRequest:
    params = tuple((name, str(value)) for name, value in ask.params.items())
    return HttpRequest("GET", f"/{ask.path}", params, {"Accept": "application/xml"})


def _refusal(response: Response, ask: Request) -> SourceError | None:
    if response.status == 401:
        return Unauthorized(
            "api_token is not accepted (HTTP 401); changing the employee's password changes the token",
            do="Copy the employee's present API token from the account's employee management.",
        )
    if response.status in (400, 422) and _ONE.search(ask.path) and is_invalid(response):
        return NotFound(f"{ask.path} does not exist (HTTP {response.status})")
    return None


VENDOR = Vendor(
    name="servicesidekick",
    title="ServiceSidekick",
    tables=TABLES,
    settings=ServiceSidekickSettings,
    connect=connect,
    pager=PAGES,
    concurrency=(2, 8),
    has_pages_at_base_url=True,
    control="customers",
)
