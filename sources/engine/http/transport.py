"""The transport: one request with its retries, within the rate limit and the limit of requests in flight.

``Transport.send`` gives an answer of any status that is a fact (200, 403, 404 …) and raises ``TryLater`` for what did
not heal: no connection, 429, 5xx, a cut body.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable
from datetime import datetime

import httpx

from fieldhouse.sources.engine.errors import FixSettings, TryLater

from .certificates import refused_handshake, tls_failure
from .concurrency import ConcurrencyLimiter
from .connection import MAX_BYTES, Connections, ProxyHandshakeError, SlowAnswerError, host_of
from .content_coding import CutBodyError
from .messages import HttpRequest, Response
from .proxies import Proxy
from .rate_limit import CompositeLimiter, RateLimiter
from .retry import TOO_MANY, RetryableError, RetryPolicy, date_of

REDIRECTS = frozenset({300, 301, 302, 303, 307, 308})


class Transport:
    """Sends requests to one base URL from any number of threads.

    Args:
        base_url: joined with each request's path, unless that is an address of its own (a token endpoint).
        gate: bounds the requests in flight.
        governor: the vendor's published limits, or None if it publishes none.
        attempts: tries per request, the first one included.
        patience: the longest ``Retry-After`` that is waited for, in seconds; beyond it, exit 3.
        is_busy: why an answer whose status is none of a failure means "try again", else None.
        wire: an httpx transport, for tests.
        clock, monotonic: seconds since 1970, and of a clock that never goes back.
    """

    def __init__(
        self,
        base_url: str,
        *,
        gate: ConcurrencyLimiter,
        governor: RateLimiter | CompositeLimiter | None = None,
        attempts: int = 6,
        patience: float = 120.0,
        max_bytes: int = MAX_BYTES,
        is_busy: Callable[[Response], str | None] = lambda response: None,
        wire: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.host = host_of(base_url)
        self.concurrency, self.rate_limiter = gate, governor
        self.sent = self._tried = 0
        self._connections = Connections(base_url, max_bytes=max_bytes, wire=wire, monotonic=monotonic)
        self._is_busy = is_busy
        self._policy = RetryPolicy(attempts, patience, clock)
        self._stopping = threading.Event()
        self._retrying = self._policy.retrying(self._wait if sleep is None else sleep)
        self._unreachable: TryLater | None = None
        self._answered = False
        self._server_date: str | None = None
        self._count = threading.Lock()

    def close(self) -> None:
        self._connections.close()

    def stop(self, why: TryLater | None = None) -> None:
        """Send nothing any more and wait for nothing: every further request is refused with ``why``."""
        self._unreachable = why or TryLater("stopped before it was read", do="Run the sync again.")
        self._stopping.set()

    def _wait(self, seconds: float) -> None:
        self._stopping.wait(seconds)

    @property
    def date(self) -> datetime | None:
        """The vendor's own clock as the last answer gave it; that of a cache is older, never newer."""
        return date_of(self._server_date)

    def send(self, request: HttpRequest, on_send: Callable[[], None] = lambda: None) -> Response:
        """One request, repeated while it may heal. ``on_send`` is called before each attempt is sent.

        Raises:
            TryLater: out of reach or throttled after all attempts.
            FixSettings: the vendor redirects elsewhere; credentials never follow.
            VendorChanged: the answer is larger than ``max_bytes``, or in a coding that is not read.
        """
        if self._unreachable:
            raise self._unreachable
        response: Response = self._retrying(self._attempt, request, on_send)
        return response

    def _attempt(self, request: HttpRequest, on_send: Callable[[], None]) -> Response:
        sent_at = 0.0

        def about_to_send() -> None:
            nonlocal sent_at
            if self.rate_limiter:
                self.rate_limiter.wait()
            with self._count:
                self.sent += 1
            on_send()
            sent_at = time.monotonic()

        with self.concurrency():
            if self._unreachable:
                raise self._unreachable
            with self._count:
                self._tried += 1
            response = self._exchange(request, about_to_send)
        self._answered = True
        self.concurrency.report_duration(time.monotonic() - sent_at)
        self._server_date = response.headers.get("date", self._server_date)
        return self._judged(response)

    def _exchange(self, request: HttpRequest, on_send: Callable[[], None]) -> Response:
        """One exchange, with its failures as errors of ours."""
        url = request.path if "://" in request.path else f"{self.base_url}{request.path}"
        connect = 10.0 if self._answered else 3.5
        try:
            return self._connections.exchange(
                request, url, connect=connect, on_send=on_send, paced=self.rate_limiter is not None
            )
        except (httpx.TransportError, CutBodyError, SlowAnswerError, ProxyHandshakeError) as error:
            raise self._failure(error, self._connections.proxy(url)) from None

    def _failure(self, error: Exception, proxy: Proxy | None) -> Exception:
        """What a failed exchange means: for the reader, or for the retry policy."""
        if isinstance(error, SlowAnswerError):
            self.concurrency.report_throttled()
            return TryLater(f"{self.host} {error}", do="Run the sync again.")
        if isinstance(error, httpx.ProxyError):
            return _refused_by_proxy(proxy, str(error), self.host)
        tls = tls_failure(error)
        if isinstance(tls, ssl.SSLCertVerificationError) or (tls and not self._answered):
            if proxy and isinstance(error, ProxyHandshakeError):
                return refused_handshake(f"the proxy {proxy.host} ({proxy.variable})", tls, proxy.variable)
            return refused_handshake(self.host, tls)
        if isinstance(error, httpx.LocalProtocolError):
            return FixSettings(
                f"a request to {self.host} cannot be sent: a part of it is not allowed in HTTP",
                do="Check the credentials in the settings for line breaks and characters that are not ASCII.",
            )
        if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, ProxyHandshakeError)):
            return self._no_connection(error, proxy)
        if isinstance(error, httpx.TimeoutException):
            self.concurrency.report_throttled()
            return RetryableError(f"{self.host} did not answer in time")
        return RetryableError(f"the answer of {self.host} broke off ({type(error).__name__})")

    def _no_connection(self, error: Exception, proxy: Proxy | None) -> Exception:
        """A host that has never answered is given up at once, for every table: it is down or misspelt."""
        late = isinstance(error, httpx.ConnectTimeout)
        what = "did not accept a connection in time" if late else "could not be reached"
        through = f" through the proxy {proxy.host} ({proxy.variable})" if proxy else ""
        cause = "name not found" if "Name or service" in str(error) or "resolution" in str(error) else ""
        text = f"{self.host} {what}{through}" + (f" ({cause})" if cause else "")
        if self._answered:
            return RetryableError(text)
        with self._count:
            first_try = self._tried < 2
        if first_try:
            return RetryableError(text, 0.5)
        self._unreachable = TryLater(text, do="Check the network and the base_url, then run the sync again.")
        return self._unreachable

    def _judged(self, response: Response) -> Response:
        """The answer, unless its status may heal or leads elsewhere."""
        if response.status in TOO_MANY:
            self.concurrency.report_throttled()
        self._policy.refuse_retryable(response, self.host)
        if reason := self._is_busy(response):
            raise RetryableError(f"{self.host} answered {reason}")
        if response.status == 407:
            raise _refused_by_proxy(self._connections.proxy(self.base_url), "407", self.host)
        if response.status in REDIRECTS and "location" in response.headers:
            target = host_of(response.headers.get("location", "")) or "another path"
            raise FixSettings(
                f"{self.host} redirects to {target}; credentials do not follow redirects",
                do="Set base_url to the address that the vendor gives for its API.",
            )
        self.concurrency.report_success()
        return response


def _refused_by_proxy(proxy: Proxy | None, answer: str, host: str) -> Exception:
    """A proxy that does not connect to the vendor. httpx names its answer by the status and its words."""
    variable, shown = (proxy.variable, proxy.host) if proxy else ("HTTPS_PROXY", "the proxy")
    status = answer[:3] if answer[:3].isdigit() else ""
    what = f"the proxy {shown} ({variable}) does not connect to {host}" + (
        f" (HTTP {status})" if status else ""
    )
    if status in ("401", "407"):
        return FixSettings(
            f"{what}: it asks for a user and a password",
            do=f"Put them into {variable}, as in http://user:password@proxy.example.com:3128.",
        )
    if status == "403":
        return FixSettings(what, do=f"Have the proxy allow {host}, or name that host in NO_PROXY.")
    return RetryableError(what)
