"""ServiceBridge's envelope: ``TotalCount``, ``Data``, ``Success``, ``Error``, on answers of any status.

An error says what it is in ``Error.Value``, a name such as ``MethodNotFound``; its message is never read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sources.engine.auth import Response
from sources.engine.bodies import parse_json
from sources.engine.errors import (
    Denied,
    FixSettings,
    NotFound,
    SourceError,
    TryLater,
    Unauthorized,
    VendorChanged,
)
from sources.engine.paging import Ask, Seen

VERSIONS = ("v1", "v1.1", "v2.0", "v4", "v4.5")
"""Versions that public clients of the vendor use; its text shows ``v1``."""

_KINDS: dict[str, tuple[type[SourceError], str]] = {
    "EntityNotFound": (NotFound, "The row does not exist any more."),
    "AccessDenied": (Denied, "Give the API user's personnel record the right to read it."),
    "Forbidden": (Denied, "Give the API user's personnel record the right to read it."),
    "InvalidCredentials": (Unauthorized, "Check the credentials in the settings."),
    "InvalidSessionKey": (Unauthorized, "Check the credentials in the settings."),
    "Unauthorized": (Unauthorized, "Check the credentials in the settings."),
    "InternalError": (TryLater, "Run the sync again; if it stays so, ask the vendor."),
    "TooManyRequests": (TryLater, "Run the sync again."),
}


def decode(response: Response, ask: Ask) -> Any:
    """A list's envelope as it is; of a single entity, the entity itself.

    Raises:
        SourceError: ``Success`` is not true, though the status is 200; its class is that of ``Error.Value``.
        ValueError: no envelope.
    """
    document = parse_json(response.body)
    if not isinstance(document, dict) or "Success" not in document:
        raise ValueError("no envelope with Success and Data")
    if document["Success"] is not True:
        raise _failure(document, ask)
    data = document.get("Data")
    return data if isinstance(data, dict) else document


def seen(document: Any, records: list[Any]) -> Seen:
    total = document.get("TotalCount") if isinstance(document, dict) else None
    return Seen(len(records), total if type(total) is int else None)


def unknown_method(response: Response) -> bool:
    """The vendor's answer to a path that this version of its API lacks, and to a version unknown to it."""
    try:
        return _value(parse_json(response.body)) == "MethodNotFound"
    except ValueError:
        return False


def no_version(version: str) -> FixSettings:
    return FixSettings(
        f"the API has no version {version!r} (MethodNotFound)",
        do=f"Check base_url and try another api_version: {', '.join(VERSIONS)}.",
    )


def no_method(ask: Ask, version: str) -> SourceError:
    """A list that this version lacks, or every list where the version itself is unknown."""
    if ask.path.rpartition("/")[2].isdigit():  # no proof that a row is gone
        return FixSettings(f"rows of {ask.path.rpartition('/')[0]} cannot be read one by one in {version!r}")
    return NotFound(
        f"the API has no {ask.path} in version {version!r} (MethodNotFound)",
        do="Leave the table out with the setting 'tables'. If every table says so, the version is unknown: "
        f"try another api_version ({', '.join(VERSIONS)}).",
    )


def _value(document: Any) -> str | None:
    error = document.get("Error") if isinstance(document, Mapping) else None
    value = error.get("Value") if isinstance(error, Mapping) else None
    return value if isinstance(value, str) else None


def _failure(document: Mapping[str, Any], ask: Ask) -> SourceError:
    value = _value(document)
    if value == "MethodNotFound":
        return no_method(ask, "this version")
    kind, do = _KINDS.get(value or "", (VendorChanged, "If it stays so, ask the vendor."))
    return kind(f"{ask.path} is answered with status 200 and the error {value!r}", do=do)
