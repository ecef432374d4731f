"""The vendor's clock, its zone labels, and local times as instants.

Shiftboard gives local times without an offset and names their zone by a label such as ``Pacific Time (US/Can)
(GMT-08:00)``, whose figure is wrong in summer. ``timezone.list`` has the IANA name of each label.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from fieldhouse.sources.engine.errors import Denied, NoSuchRead, NotFound, Unauthorized, VendorChanged
from fieldhouse.sources.engine.http.client import Client
from fieldhouse.sources.engine.http.pagination import Request, StartBatch
from fieldhouse.sources.engine.spec import Record, ServerTime

CLOCK, ZONES = "system.timestamp", "timezone.list"


def server_time(client: Client) -> ServerTime:
    """The vendor's clock, whose epoch seconds are what a change feed takes back, and its zone labels.

    Raises:
        Unauthorized: the clock is refused, for which no right is needed.
        VendorChanged: the answer holds no time.
    """
    try:
        answer = client.get(Request(CLOCK))
    except Denied as refused:
        raise Unauthorized(
            f"{refused.what}; every account may ask for it",
            do=f"Check {client.api.credentials} in the settings.",
        ) from None
    try:
        seconds, zone = int(answer["timestamp"]), str(answer["timezone"])
        now = datetime.fromtimestamp(seconds, UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        raise VendorChanged(f"{CLOCK} answered without a timestamp and a timezone") from None
    return ServerTime(now, zone, _zones(client), str(seconds))


def _zones(client: Client) -> dict[str, str]:
    """Label -> IANA name; without the right to the list no local time can be placed, and all stay as sent."""
    try:
        rows = [row for document in client.documents(Request(ZONES), StartBatch()) for row in _rows(document)]
    except (Denied, NotFound, NoSuchRead):
        return {}
    return {str(row.get("name")): str(row.get("iana_timezone")) for row in rows if isinstance(row, Mapping)}


def _rows(document: Any) -> list[Any]:
    rows = document.get("timezones") if isinstance(document, Mapping) else None
    if not isinstance(rows, list):
        raise VendorChanged(f"{ZONES} answered without a list of timezones")
    return rows


def zone_of(record: Record, server_time: ServerTime) -> ZoneInfo | None:
    """The zone that a record's label names, the organization's without a label; None for an unknown one."""
    label = record.get("timezone")
    return _zone(server_time.zones.get(str(label), "") if label else server_time.zone)


def organization_zone(server_time: ServerTime) -> ZoneInfo | None:
    """The organization's own zone."""
    return _zone(server_time.zone)


@lru_cache(maxsize=512)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ValueError, KeyError, OSError):
        return None


def utc_text(text: Any, zone: ZoneInfo | None) -> str | None:
    """A local time as an instant in UTC, ``2010-09-17T19:00:00Z``; its own offset wins over ``zone``.

    A time that the clocks skip is shifted forward (02:30 becomes 03:30 in summer time); of one that comes twice
    the first is meant. A date without a time, and a time without a zone, is no instant: None.
    """
    if not isinstance(text, str) or len(text) <= len("2010-09-17"):
        return None
    try:
        local = datetime.fromisoformat(text)
        if local.tzinfo is None and zone is None:
            return None
        placed = local if local.tzinfo else local.replace(tzinfo=zone, fold=0)
        return placed.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError):
        return None
