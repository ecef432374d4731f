"""The transport: one request with its retries, within the rate limit and the limit of requests in flight.

``Transport.send`` gives an answer of any status that is a fact (200, 403, 404 …) and raises ``TryLater`` for what did
not heal: no connection, 429, 5xx, a cut body.
"""

from __future__ import annotations

import threading
import time
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from fieldhouse.sources.engine.errors import FixSettings, TryLater

from .concurrency import ConcurrencyLimiter
from .connection import MAX_BYTES, Connections, host_of
from .messages import HttpRequest, Response
from .rate_limit import CompositeLimiter, RateLimiter
from .retry import TOO_MANY, RetryableError, RetryPolicy


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
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.host = host_of(base_url)
        self.concurrency, self.rate_limiter = gate, governor
        self.sent = self._tried = 0
        self._connections = Connections(self.host, max_bytes=max_bytes, wire=wire)
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

    def stop(self) -> None:
        """Send nothing any more and wait for nothing: every further request is refused with ``TryLater``."""
        self._unreachable = TryLater("stopped before it was read", do="Run the sync again.")
        self._stopping.set()

    def _wait(self, seconds: float) -> None:
        self._stopping.wait(seconds)

    @property
    def date(self) -> datetime | None:
        """The vendor's own clock as the last answer gave it; that of a cache is older, never newer."""
        try:
            return parsedate_to_datetime(self._server_date).astimezone(UTC) if self._server_date else None
        except ValueError:
            return None

    def send(self, request: HttpRequest, on_send: Callable[[], None] = lambda: None) -> Response:
        """One request, repeated while it may heal. ``on_send`` is called before each attempt is sent.

        Raises:
            TryLater: out of reach or throttled after all attempts.
            FixSettings: the vendor redirects elsewhere; credentials never follow.
            VendorChanged: the answer is larger than ``max_bytes``.
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
        except httpx.ConnectError as error:
            raise self._no_connection("could not be reached", error) from None
        except httpx.ConnectTimeout as error:
            raise self._no_connection("did not accept a connection in time", error) from None
        except httpx.TimeoutException:
            self.concurrency.report_throttled()
            raise RetryableError(f"{self.host} did not answer in time") from None
        except (httpx.TransportError, zlib.error) as error:
            raise RetryableError(f"the answer of {self.host} broke off ({type(error).__name__})") from None

    def _no_connection(self, what: str, error: Exception) -> Exception:
        """A host that has never answered is given up at once, for every table: it is down or misspelt."""
        cause = "name not found" if "Name or service" in str(error) or "resolution" in str(error) else ""
        text = f"{self.host} {what}" + (f" ({cause})" if cause else "")
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
        if 300 <= response.status < 400:
            target = host_of(response.headers.get("location", "")) or "another path"
            raise FixSettings(
                f"{self.host} redirects to {target}; credentials do not follow redirects",
                do="Set base_url to the address that the vendor gives for its API.",
            )
        self.concurrency.report_success()
        return response
