"""One account's API: asks in, documents out. Signing, renewing and judging an answer meet here and nowhere else."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from fieldhouse.sources.engine.errors import (
    Denied,
    FixSettings,
    NoSuchRead,
    NotFound,
    Refused,
    SourceError,
    Unauthorized,
    VendorChanged,
)

from .auth import Auth
from .json_body import utf8_body
from .messages import BodyError, HttpRequest, Response
from .pagination import PageInfo, Pager, Request
from .request_count import Requests

if TYPE_CHECKING:
    from .transport import Transport

Read = TypeVar("Read")
MOST_DOCUMENTS = 1000
"""Pages of a list that is no table."""
TRIAL_SECONDS = 30
"""So long a request waits for another one that sends the same optional parameter for the first time."""
RENEWALS = 30
"""So often one request is repeated with a new credential: many requests may share a short session."""


@dataclass(frozen=True, kw_only=True)
class Api:
    """How one vendor's API is spoken.

    Attributes:
        base_url: the account's address.
        auth: signs requests.
        encode: a declared request -> a request on the wire.
        decode: an answer of status 200 -> a document; raises for the vendor's own error envelope.
        page_info: a document and its records -> what the page says of the list (total, next page).
        allowed: the paths or methods that may be asked at all: reads only.
        refusal: the vendor's reading of an answer that is not 200, or None to take the usual one.
        encode_many, decode_many: batch requests, where the vendor has them.
        html: what an HTML page with status 200 means for this vendor.
        credentials: what the vendor's settings call the credentials, for messages.
        extra: the vendor's own arguments for other parts; ``transport`` are those of the transport.
    """

    base_url: str
    auth: Auth
    encode: Callable[[Request], HttpRequest]
    decode: Callable[[Response, Request], Any]
    page_info: Callable[[Any, list[Any]], PageInfo] = lambda document, records: PageInfo(len(records))
    allowed: Callable[[Request], bool] = lambda ask: True
    refusal: Callable[[Response, Request], SourceError | None] = lambda response, ask: None
    encode_many: Callable[[Sequence[Request]], HttpRequest] | None = None
    decode_many: Callable[[Response, Sequence[Request]], list[Any]] | None = None
    html: type[SourceError] = VendorChanged
    credentials: str = "the credentials"
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class _Shared:
    """What the clients of one account have learnt together.

    Attributes:
        refused: the answer that refused the credentials.
        batch_size: requests in one batch, where the vendor takes fewer than are declared.
        refused_params: the optional parameters that the vendor refuses, by path.
        refused_names: optional parameters that it refuses on one path, and so on all unless it takes them on another.
        taken_names: optional parameters that it takes on a path.
        trial: held while a parameter is sent for the first time, so that one request is refused and not one per path.
    """

    refused: Unauthorized | None = None
    batch_size: int | None = None
    refused_params: dict[str, frozenset[str]] = field(default_factory=dict)
    refused_names: set[str] = field(default_factory=set)
    taken_names: set[str] = field(default_factory=set)
    trial: threading.Lock = field(default_factory=threading.Lock)


class Client:
    """Asks an API through a transport; safe to use from many threads.

    Credentials that were refused are not tried again in the same run: vendors lock accounts for that.
    """

    def __init__(self, api: Api, transport: Transport, requests: Requests | None = None) -> None:
        self.api, self.transport = api, transport
        self._shared = _Shared()
        self._count: Callable[[], None] = (requests or Requests()).add

    def counting(self, requests: Requests, *, repeatable: bool = True) -> Client:
        """The same account's client, whose requests are counted in ``requests``.

        Args:
            repeatable: the next run sends these requests again although nothing changes.
        """
        client = copy.copy(self)
        client._count = partial(requests.add, repeatable=repeatable)
        return client

    def refused_params(self, path: str) -> frozenset[str]:
        """The optional parameters of ``path`` that the vendor is known to refuse."""
        shared = self._shared
        if not (shared.refused_params or shared.refused_names):
            return frozenset()
        return shared.refused_params.get(path, frozenset()) | (shared.refused_names - shared.taken_names)

    def without_params(self, path: str, names: Iterable[str]) -> None:
        """Send some optional parameters of ``path`` no more: the vendor has refused them."""
        if refused := frozenset(names):
            known = self._shared.refused_params.get(path, frozenset())
            self._shared.refused_params[path] = known | refused

    def get(self, ask: Request) -> Any:
        """The document that answers ``ask``, with its optional parameters unless the vendor refuses them.

        Raises:
            Unauthorized, Denied, NotFound, FixSettings: a person must act.
            TryLater: throttled or out of reach.
            VendorChanged: the answer is not understood.
        """
        if not ask.optional:
            return self._get(ask)
        shared = self._shared
        if shared.taken_names.union(self.refused_params(ask.path)).issuperset(ask.optional):
            return self._with_optional_params(ask)
        is_alone = shared.trial.acquire(timeout=TRIAL_SECONDS)
        try:
            return self._with_optional_params(ask)
        finally:
            if is_alone:
                shared.trial.release()

    def _with_optional_params(self, ask: Request) -> Any:
        sent = [name for name in ask.optional if name not in self.refused_params(ask.path)]
        try:
            document = self._get(self._with_optional(ask))
        except Refused as refused:
            if not sent:
                raise
            return self._with_accepted(ask, sent, refused)
        self._shared.taken_names.update(sent)
        return document

    def _with_optional(self, ask: Request) -> Request:
        if not ask.optional:
            return ask
        refused = self.refused_params(ask.path)
        return ask.having(*(params for name, params in ask.optional.items() if name not in refused))

    def _with_accepted(self, ask: Request, sent: Sequence[str], refused: Refused) -> Any:
        """The document without the optional parameters that the vendor refuses, which are found out one by one.

        Raises:
            Refused: the request is refused without any of them too.
        """
        try:
            document = self._get(ask)
        except Refused:
            raise refused from None
        unwanted = set(sent) if len(sent) == 1 else {name for name in sent if not self._takes(ask, name)}
        self.without_params(ask.path, unwanted)
        self._shared.refused_names |= unwanted
        self._shared.taken_names |= set(sent) - unwanted
        return document if unwanted == set(sent) else self._get(self._with_optional(ask))

    def _takes(self, ask: Request, name: str) -> bool:
        try:
            self._get(ask.having(ask.optional[name]))
        except Refused:
            return False
        return True

    def _get(self, ask: Request) -> Any:
        """The document that answers exactly this request.

        Raises:
            Unauthorized, Denied, NotFound, FixSettings: a person must act.
            TryLater: throttled or out of reach.
            VendorChanged: the answer is not understood.
        """
        self._check(ask)
        request = self.api.encode(ask)
        for left in reversed(range(RENEWALS)):
            response = self._exchange(request, ask)
            try:
                return self._understood(partial(self.api.decode, response, ask), ask)
            except Unauthorized:  # sent with status 200
                if not left or not self.api.auth.renew(request, self.transport.send):
                    raise
        raise AssertionError

    def documents(self, request: Request, pager: Pager) -> Iterator[Any]:
        """The pages of a list that is short and no table, one after the other; raises as ``get``."""
        page = pager.page(request, 1)
        for number in range(1, MOST_DOCUMENTS + 1):
            document = self.get(page)
            yield document
            following = pager.after(page, number, self.api.page_info(document, []), 0)
            if following is None:
                return
            page = following
        raise VendorChanged(f"{request.path} does not end after {MOST_DOCUMENTS} pages")

    def get_many(self, asks: Sequence[Request]) -> list[Any]:
        """The documents that answer ``asks``, in order, in one batch request; an exception stands for a failed one.

        A vendor that refuses the batch and answers its first request alone has a limit of its own: from then on
        batches are half as large, down to single requests.
        """
        most = self._shared.batch_size or len(asks)
        asks = [self._with_optional(ask) for ask in asks]
        if not self.api.encode_many or not self.api.decode_many or min(most, len(asks)) == 1:
            return [self._or_error(ask) for ask in asks]
        if len(asks) > most:
            parts = [asks[place : place + most] for place in range(0, len(asks), most)]
            return [document for part in parts for document in self.get_many(part)]
        try:
            return self._batch(asks)
        except (Refused, Denied) as refused:
            first = self._or_error(asks[0])
            if isinstance(first, SourceError):
                raise refused from None
            self._shared.batch_size = max(1, len(asks) // 2)
            return [first, *self.get_many(asks[1:])]

    def _batch(self, asks: Sequence[Request]) -> list[Any]:
        encode, decode = self.api.encode_many, self.api.decode_many
        assert encode is not None
        assert decode is not None
        for ask in asks:
            self._check(ask)
        response = self._exchange(encode(asks), asks[0])
        return self._understood(lambda: decode(response, asks), asks[0])

    def _understood(self, decode: Callable[[], Read], ask: Request) -> Read:
        try:
            return decode()
        except BodyError as error:
            raise self._not_understood(ask, str(error)) from None
        except (ValueError, RecursionError, MemoryError) as error:  # its text may hold a part of the body
            raise self._not_understood(ask, type(error).__name__) from None

    def _not_understood(self, ask: Request, why: str) -> VendorChanged:
        return VendorChanged(
            f"{self.transport.host} answered {_shown(ask)} with a body that is not understood: {why}"
        )

    def _or_error(self, ask: Request) -> Any:
        try:
            return self.get(ask)
        except (NotFound, NoSuchRead, Denied, VendorChanged) as error:
            return error

    def _check(self, ask: Request) -> None:
        if not self.api.allowed(ask):
            raise SourceError(
                f"{ask.path!r} is not among the reads that fieldhouse may call", do="Only reads are declared."
            )

    def _exchange(self, request: HttpRequest, ask: Request) -> Response:
        if self._shared.refused:
            raise self._shared.refused
        send = self.transport.send
        response = send(self.api.auth.sign(request, send), self._count)
        for _ in range(RENEWALS):
            if response.status != 401 or not self.api.auth.renew(request, send):
                break
            response = send(self.api.auth.sign(request, send), self._count)
        if response.status != 200:
            error = self.api.refusal(response, ask) or self.refused(response, ask)
            if isinstance(error, Unauthorized):
                self._shared.refused = error
            raise error
        if _is_html(response):
            raise self.html_page(ask)
        try:
            body = utf8_body(response)
        except BodyError as error:
            raise self._not_understood(ask, str(error)) from None
        return response if body is response.body else replace(response, body=body)

    def html_page(self, ask: Request) -> SourceError:
        return self.api.html(
            f"{self.transport.host} answered {_shown(ask)} with a web page, not with data",
            do="Check that base_url is the address of the API and not of the website or a login page.",
        )

    def refused(self, response: Response, ask: Request) -> SourceError:
        """The usual reading of a status that is not 200."""
        host, path = self.transport.host, _shown(ask)
        if response.status == 401:
            return Unauthorized(
                f"{host} does not accept {self.api.credentials} (HTTP 401)",
                do=f"Check {self.api.credentials} in the settings.",
            )
        if response.status in (402, 403):
            why = "the plan or the account has expired" if response.status == 402 else "no right to read it"
            return Denied(
                f"{path} is refused with HTTP {response.status} ({why})",
                do="Give the key the right to read it, or leave the table out with the setting 'tables'.",
            )
        if response.status in (404, 410):
            return NotFound(
                f"{host} has no {path} (HTTP {response.status})",
                do="Check base_url; if the account lacks this, leave the table out with the setting 'tables'.",
            )
        if 400 <= response.status < 500:
            return Refused(
                f"{host} refuses {path} with HTTP {response.status}", do="The request is not accepted."
            )
        if 300 <= response.status < 400:
            return FixSettings(
                f"{host} answered {path} with HTTP {response.status}, which is no answer to a first request",
                do="Check base_url, and any cache or gateway before the vendor.",
            )
        return FixSettings(f"{host} answered {path} with HTTP {response.status}", do="Check base_url.")


def _is_html(response: Response) -> bool:
    if "html" in response.headers.get("content-type", "").lower():
        return True
    start = response.body[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html"))


def _shown(ask: Request) -> str:
    """The path of a request, for people; never its parameters, which may hold keys."""
    return ask.path or "the API"
