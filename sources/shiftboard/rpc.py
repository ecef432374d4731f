"""JSON-RPC 2.0 as Shiftboard speaks it: one POST per request, or one for an array of them.

Errors also come with status 200; see ``errors`` for what they mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zlib import crc32

import orjson

from fieldhouse.sources.engine.errors import SourceError, TryLater, VendorChanged
from fieldhouse.sources.engine.http.json_body import parse_json
from fieldhouse.sources.engine.http.messages import HttpRequest, Response
from fieldhouse.sources.engine.http.pagination import PageInfo, Request

from .errors import error_of, failure_of

LIST_ONLY: Mapping[str, Mapping[str, Any]] = {
    "account.list": {"sort": "id"},
    "shift.list": {"referenced_objects": False},
}
"""What a list takes and its change feed, which gets all the table's params, is not said to take."""
WRAPPED = {"workgroup.get": "workgroup", "managerNote.get": "manager_note"}
"""Where a get puts its object."""
_SAYS_IT = frozenset({401, 402, 403, 404, 410})
_HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}


def encode(ask: Request) -> HttpRequest:
    """One request object. The bytes made here are signed and sent as they are."""
    return HttpRequest("POST", "", headers=_HEADERS, body=orjson.dumps(_call(ask, identities([ask])[0])))


def encode_many(asks: Sequence[Request]) -> HttpRequest:
    """A batch request: an array of request objects, each with an id, without which it gets no answer."""
    calls = [_call(ask, identity) for ask, identity in zip(asks, identities(asks), strict=True)]
    return HttpRequest("POST", "", headers=_HEADERS, body=orjson.dumps(calls))


def identities(asks: Sequence[Request]) -> list[str]:
    """The ids of requests that are sent together: numbers as text, other ones for other methods or params.

    An answer that comes with another id belongs to another request, whatever it holds.
    """
    first = crc32(orjson.dumps([_call(ask, "") for ask in asks])) % 2**30
    return [str(first + number) for number in range(1, len(asks) + 1)]


def _call(ask: Request, identity: str) -> dict[str, Any]:
    params = {**LIST_ONLY.get(ask.path, {}), **ask.params}
    return {"id": identity, "jsonrpc": "2.0", "method": ask.path, "params": params}


def decode(response: Response, ask: Request) -> Any:
    """The result of one request.

    Raises:
        NoSuchRead, Denied, VendorChanged: the vendor's own error, no result at all, or that of another request. The
            vendor's examples answer with an empty id, which proves nothing and is accepted.
    """
    answer = _parsed(response, ask)
    result = _result(answer, ask)
    if answer.get("id") not in (None, "") and str(answer["id"]) != identities([ask])[0]:
        raise VendorChanged(f"{ask.path} was answered with the id of another request")
    return result


def decode_many(response: Response, asks: Sequence[Request]) -> list[Any]:
    """The result of each request of a batch, in their order; an exception stands for one that has none.

    Answers come in any order and are matched by id, as text: the vendor's example sends 1, receives ``"1"``.

    Raises:
        SourceError: the batch as a whole was refused, or its answer is no array.
    """
    answers = _parsed(response, asks[0])
    if isinstance(answers, Mapping) and answers.get("error") is not None:
        raise error_of(answers["error"], "a batch request")
    if not isinstance(answers, list):
        raise VendorChanged(f"a batch request was answered with {type(answers).__name__}, not with an array")
    by_id = {str(answer.get("id")): answer for answer in answers if isinstance(answer, Mapping)}
    return [
        _result_or_error(by_id.get(identity), ask)
        for ask, identity in zip(asks, identities(asks), strict=True)
    ]


def _result_or_error(answer: Any, ask: Request) -> Any:
    if answer is None:
        return VendorChanged(f"a batch request gave no answer to its {ask.path}")
    try:
        return _result(answer, ask)
    except SourceError as error:
        return error


def _parsed(response: Response, ask: Request) -> Any:
    try:
        return parse_json(response.body)
    except ValueError as error:
        raise VendorChanged(f"{ask.path} was answered with no JSON: {error}") from None


def _result(answer: Any, ask: Request) -> Any:
    if not isinstance(answer, Mapping):
        raise VendorChanged(f"{ask.path} was answered with {type(answer).__name__}, not with an object")
    if answer.get("error") is not None:
        raise error_of(answer["error"], ask.path)
    if "result" not in answer:
        raise VendorChanged(f"{ask.path} was answered with neither a result nor an error")
    return _unwrapped(answer["result"], ask)


def _unwrapped(result: Any, ask: Request) -> Any:
    name = WRAPPED.get(ask.path)
    if name is None:
        return result
    if not isinstance(result, Mapping) or name not in result:
        raise VendorChanged(f"{ask.path} was answered without {name!r}")
    return result[name]


def refusal(response: Response, ask: Request) -> SourceError | None:
    """The vendor's own ``error`` behind a status: the text names none, and so an error may come with any.

    What the status itself says of rights and addresses (401 to 404, 410) stands; None leaves it to the status.
    """
    if response.status in _SAYS_IT or not 400 <= response.status < 500:
        return None
    try:
        answered = parse_json(response.body)
    except ValueError:
        return None
    error = answered.get("error") if isinstance(answered, Mapping) else None
    return None if error is None else error_of(error, ask.path)


def is_busy(response: Response) -> str | None:
    """Why an answer, or one of a batch's answers, says that the same request may succeed later; else None."""
    if response.status in _SAYS_IT or b'"error"' not in response.body:
        return None
    try:
        answers = parse_json(response.body)
    except ValueError:
        return None
    for answer in answers if isinstance(answers, list) else [answers]:
        error = answer.get("error") if isinstance(answer, Mapping) else None
        if error is not None and (failure := failure_of(error)).kind is TryLater:
            return str(failure)
    return None


def page_info(document: Any, records: list[Any]) -> PageInfo:
    """A page's total and next page. Only the absence of ``next`` ends a list.

    ``count`` is often wrong (1 with two rows, 5 with two rows and no next page), so it is heard only where a
    next page confirms that there is more than one.
    """
    page = document.get("page") if isinstance(document, Mapping) else None
    following = page.get("next") if isinstance(page, Mapping) else None
    return PageInfo(len(records), _count(document.get("count")) if following else None, following)


def _count(value: Any) -> int | None:
    return int(value) if isinstance(value, int) or (isinstance(value, str) and value.isdecimal()) else None
