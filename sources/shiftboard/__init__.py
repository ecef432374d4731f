"""Shiftboard: shifts and the people who work them.

Read from the vendor's API documentation (as of 2026-11-23): Overview to Responses, every object, and each
method that a table is read from. What is odd: JSON-RPC with a signature over the body, lists without a stable
order, two change feeds with two streams each that look back 30 days in silence, and local times whose zone is
a label.

The same key could write: ``READS`` are the only methods that can be called.
"""

from __future__ import annotations

from pydantic import Field, SecretStr

from fieldhouse.sources.engine.http.client import Api
from fieldhouse.sources.engine.http.pagination import StartBatch
from fieldhouse.sources.engine.spec import Vendor
from fieldhouse.sources.engine.spec.account_settings import AccountSettings

from .rpc import decode, decode_many, encode, encode_many, is_busy, page_info, refusal
from .signing import Signed
from .tables import TABLES, methods
from .time_zones import CLOCK, ZONES, server_time

READS = methods(TABLES) | {CLOCK, ZONES}
"""The methods that may be called: those of the tables, and the vendor's clock."""


class ShiftboardSettings(AccountSettings):
    base_url: str = Field(
        "https://api.shiftdata.com",
        description="the API's address, for sites in Europe https://api-data.eu.shiftboard.com; some sites are served "
        "at /servola/api/api.cgi or /api/api.cgi below it",
        examples=["https://api.shiftdata.com"],
    )
    access_key_id: str = Field(
        min_length=1,
        description="the Access Key ID, 36 characters",
        examples=["135fc788-762b-46a6-a80f-3491c14ad26f"],
    )
    signature_key: SecretStr = Field(
        min_length=1,
        description="the Signature Key, 40 characters; it is never sent",
        examples=["bkvqNVSokbDZVHvt+RzqsrVzI0w7fhcU/jo/eUcY"],
    )


def connect(settings: ShiftboardSettings) -> Api:
    """The account's API. The rights of the API account that owns the key decide what every read returns."""
    return Api(
        base_url=settings.base_url,
        auth=Signed(settings.access_key_id, settings.signature_key.get_secret_value()),
        encode=encode,
        decode=decode,
        encode_many=encode_many,
        decode_many=decode_many,
        page_info=page_info,
        refusal=refusal,
        allowed=lambda ask: ask.path in READS,
        credentials="access_key_id and signature_key",
        extra={"transport": {"is_busy": is_busy}},
    )


VENDOR = Vendor(
    name="shiftboard",
    title="Shiftboard",
    tables=TABLES,
    settings=ShiftboardSettings,
    connect=connect,
    pager=StartBatch(),
    server_time=server_time,
    concurrency=(2, 4),
    events={"account": "accounts", "shift": "shifts", "membership": "memberships"},
)
