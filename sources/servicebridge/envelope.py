"""ServiceBridge's envelope: ``TotalCount``, ``Data``, ``Success``, ``Error``, on answers of any status.

An error says what it is in ``Error.Value``, a name such as ``MethodNotFound``; its message is never read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fieldhouse.sources.engine.errors import (
    Denied,
    FixSettings,
    NoSuchRead,
    NotFound,
    Refused,
    SourceError,
    TryLater,
    Unauthorized,
    VendorChanged,
)
from fieldhouse.sources.engine.http.json_body import parse_json
from fieldhouse.sources.engine.http.messages import Response
from fieldhouse.sources.engine.http.pagination import PageInfo, Request

VERSIONS = ("v1", "v1.1", "v2.0", "v4", "v4.5")
"""Versions that public clients of the vendor use; its text shows ``v1``."""

_GONE = "The row does not exist any more."
_RIGHT = "Give the API user's personnel record the right to read it."
_CREDENTIALS = "Check the credentials in the settings."
_LATER = "Run the sync again; if it stays so, ask the vendor."
_KINDS: dict[str, tuple[type[SourceError], str]] = {
    "EntityNotFound": (NotFound, _GONE),
    "NotFound": (NotFound, _GONE),
    "AccessDenied": (Denied, _RIGHT),
    "Forbidden": (Denied, _RIGHT),
    "InvalidCredentials": (Unauthorized, _CREDENTIALS),
    "InvalidSessionKey": (Unauthorized, _CREDENTIALS),
    "Unauthorized": (Unauthorized, _CREDENTIALS),
    "InternalError": (TryLater, _LATER),
    "TooManyRequests": (TryLater, _LATER),
}
_CODES: dict[int, tuple[type[SourceError], str]] = {
    400: (Refused, "The request is not accepted."),
    401: (Unauthorized, _CREDENTIALS),
    403: (Denied, _RIGHT),
    404: (NotFound, _GONE),
    429: (TryLater, _LATER),
    500: (TryLater, _LATER),
    503: (TryLater, _LATER),
}
"""What ``Error.Code`` says where it is a status of HTTP and the name beside it is unknown."""


def decode(response: Response, ask: Request) -> Any:
    """A list's envelope as it is; of a single entity, the entity itself.

    A list may have nothing at all for ``Data`` where it has no rows, or none on this page.

    Raises:
        SourceError: ``Success`` is not true, though the status is 200; its class is that of ``Error.Value``.
        NotFound: a single entity is answered with nothing.
        ValueError: no envelope.
    """
    document = parse_json(response.body)
    if not isinstance(document, dict) or "Success" not in document:
        raise ValueError("no envelope with Success and Data")
    if document["Success"] is not True:
        raise _failure(document, ask)
    data = document.get("Data")
    if data is None and is_single(ask):
        raise NotFound(f"{ask.path} is answered with nothing", do=_GONE)
    if data is None and (not document.get("TotalCount") or ask.params.get("page", 1) != 1):
        return {**document, "Data": []}
    return data if isinstance(data, dict) else document


def is_single(ask: Request) -> bool:
    """Whether ``ask`` is for one entity, by its id."""
    return ask.path.rpartition("/")[2].isdigit()


def is_gone(response: Response) -> bool:
    """The vendor's answer, of whatever status, to an id that no row has."""
    try:
        return _KINDS.get(_value(parse_json(response.body)) or "", (None,))[0] is NotFound
    except ValueError:
        return False


def seen(document: Any, records: list[Any]) -> PageInfo:
    total = document.get("TotalCount") if isinstance(document, dict) else None
    return PageInfo(len(records), total if type(total) is int else None)


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


def no_method(ask: Request, version: str) -> SourceError:
    """A list that this version lacks, or every list where the version itself is unknown."""
    if is_single(ask):  # no proof that a row is gone
        return NoSuchRead(f"rows of {ask.path.rpartition('/')[0]} cannot be read one by one in {version!r}")
    return NotFound(
        f"the API has no {ask.path} in version {version!r} (MethodNotFound)",
        do="Leave the table out with the setting 'tables'. If every table says so, the version is unknown: "
        f"try another api_version ({', '.join(VERSIONS)}).",
    )


def _value(document: Any) -> str | None:
    error = document.get("Error") if isinstance(document, Mapping) else None
    value = error.get("Value") if isinstance(error, Mapping) else None
    return value if isinstance(value, str) else None


def _failure(document: Mapping[str, Any], ask: Request) -> SourceError:
    value = _value(document)
    if value == "MethodNotFound":
        return no_method(ask, "this version")
    error = document.get("Error")
    code = error.get("Code") if isinstance(error, Mapping) else None
    by_code = _CODES.get(code if type(code) is int else 0)
    kind, do = _KINDS.get(value or "") or by_code or (VendorChanged, "If it stays so, ask the vendor.")
    return kind(f"{ask.path} is answered with status 200 and the error {value!r}", do=do)
