"""The wire: httpx behind one module, with retry, pace and size limits. Nothing else imports httpx.

``Transport.send`` gives an answer of any status that is a fact (200, 403, 404 …) and raises ``TryLater`` for what did
not heal: no connection, 429, 5xx, a cut body.
"""

from __future__ import annotations

import random
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx
from tenacity import RetryCallState, RetryError, Retrying, retry_if_exception_type, stop_after_attempt

from fieldhouse import __version__
from fieldhouse.sources.engine.errors import FixSettings, TryLater, VendorChanged

from .auth import HttpRequest, Response
from .rate_limit import CompositeLimiter, ConcurrencyLimiter, RateLimiter

_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
_TOO_MANY = frozenset({429, 503})
HEADERS = {"Accept": "*/*", "Accept-Encoding": "gzip", "User-Agent": f"fieldhouse/{__version__}"}
_ADDRESSES = 64
MAX_BYTES = 256 * 1024 * 1024
"""The most that one answer may hold when inflated; beyond it, it is refused."""


class _RetryableError(Exception):
    """One attempt failed in a way that may heal. ``after``: seconds the vendor asked for."""

    def __init__(self, what: str, after: float | None = None) -> None:
        super().__init__(what)
        self.after = after


class Transport:
    """Sends requests to one base URL from any number of threads.

    Args:
        base_url: joined with each request's path, unless that is an address of its own (a token endpoint).
        gate: bounds the requests in flight.
        governor: the vendor's published limits, or None where it publishes none.
        attempts: tries per request, the first one included.
        patience: the longest ``Retry-After`` that is waited for, in seconds; beyond it, exit 3.
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
        wire: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.host = _host(base_url)
        self.concurrency, self.rate_limiter = gate, governor
        self.attempts, self.patience, self.max_bytes = attempts, patience, max_bytes
        self._stopping = threading.Event()
        self._clock = clock
        self._sleep = self._wait if sleep is None else sleep
        self._unreachable: TryLater | None = None
        self._answered = False
        self.sent = self._tried = 0
        self._server_date: str | None = None
        self._addresses: dict[str, httpx.URL] = {}
        self._count = threading.Lock()
        self._wire = wire
        self._local = threading.local()
        self._opened: list[httpx.BaseTransport] = []
        self._context: ssl.SSLContext | None = None

    def close(self) -> None:
        for line in self._opened:
            line.close()

    def stop(self) -> None:
        """Send nothing any more and wait for nothing: every further request is refused with ``TryLater``."""
        self._unreachable = TryLater("stopped before it was read", do="Run the sync again.")
        self._stopping.set()

    def _wait(self, seconds: float) -> None:
        self._stopping.wait(seconds)

    def _connection(self, url: str) -> httpx.BaseTransport:
        """This thread's own line: threads that share httpx's pool wait for its lock more than for the host."""
        line: httpx.BaseTransport | None = self._wire or getattr(self._local, "line", None)
        if line is None:
            line = self._local.line = httpx.HTTPTransport(
                verify=self._certificates(url),
                proxy=_proxy(url),
                limits=httpx.Limits(max_connections=2, max_keepalive_connections=1, keepalive_expiry=30.0),
            )
            with self._count:
                self._opened.append(line)
        return line

    def _certificates(self, url: str) -> ssl.SSLContext:
        """One context for all lines: making one takes as long as dozens of requests."""
        with self._count:
            if self._context is None:
                self._context = httpx.create_ssl_context()
            return self._context

    def send(self, request: HttpRequest, on_send: Callable[[], None] = lambda: None) -> Response:
        """One request, repeated while it may heal. ``on_send`` is called before each attempt is sent.

        Raises:
            TryLater: out of reach or throttled after all attempts.
            FixSettings: the vendor redirects elsewhere; credentials never follow.
            VendorChanged: the answer is larger than ``max_bytes``.
        """
        if self._unreachable:
            raise self._unreachable
        try:
            return self._attempt(request, on_send)
        except _RetryableError as first:
            return self._repeated(first, request, on_send)

    def _repeated(
        self, first: _RetryableError, request: HttpRequest, on_send: Callable[[], None]
    ) -> Response:
        """Go on after a first attempt that failed; it counts as one."""
        failed_before = [first]

        def attempt() -> Response:
            if failed_before:
                raise failed_before.pop()
            return self._attempt(request, on_send)

        retrying = Retrying(
            stop=stop_after_attempt(self.attempts),
            wait=self._pause,
            retry=retry_if_exception_type(_RetryableError),
            sleep=self._sleep,
        )
        try:
            return retrying(attempt)
        except RetryError as failed:
            error = failed.last_attempt.exception()
            after = getattr(error, "after", None)
            raise TryLater(
                f"{error} after {self.attempts} attempts", do="Run the sync again.", after=after
            ) from None

    def _attempt(self, request: HttpRequest, on_send: Callable[[], None]) -> Response:
        sent = 0.0

        def ready() -> None:
            nonlocal sent
            if self.rate_limiter:
                self.rate_limiter.wait()
            with self._count:
                self.sent += 1
            on_send()
            sent = time.monotonic()

        with self.concurrency():
            if self._unreachable:
                raise self._unreachable
            with self._count:
                self._tried += 1
            try:
                response = self._exchange(request, ready)
            except httpx.ConnectError as error:
                raise self._no_connection("could not be reached", error) from None
            except httpx.ConnectTimeout as error:
                raise self._no_connection("did not accept a connection in time", error) from None
            except httpx.TimeoutException:
                self.concurrency.report_throttled()
                raise _RetryableError(f"{self.host} did not answer in time") from None
            except (httpx.TransportError, zlib.error) as error:
                raise _RetryableError(
                    f"the answer of {self.host} broke off ({type(error).__name__})"
                ) from None
        self._answered = True
        self.concurrency.report_duration(time.monotonic() - sent)
        self._server_date = response.headers.get("date", self._server_date)
        return self._judged(response)

    def _no_connection(self, what: str, error: Exception) -> Exception:
        """A host that has never answered is given up at once, for every table: it is down or misspelt."""
        cause = "name not found" if "Name or service" in str(error) or "resolution" in str(error) else ""
        text = f"{self.host} {what}" + (f" ({cause})" if cause else "")
        if self._answered:
            return _RetryableError(text)
        if self._tries_left():
            return _RetryableError(text, 0.5)
        self._unreachable = TryLater(text, do="Check the network and the base_url, then run the sync again.")
        return self._unreachable

    def _tries_left(self) -> bool:
        with self._count:
            return self._tried < 2

    def _exchange(self, request: HttpRequest, ready: Callable[[], None]) -> Response:
        """One exchange; ``ready`` is called when the request is about to be sent.

        Where requests are paced that is once the connection stands: a grant taken before it would be used a
        handshake later, together with those that came meanwhile, and so break the limit that it keeps.
        """
        url = request.path if "://" in request.path else f"{self.base_url}{request.path}"
        connect = 10.0 if self._answered else 3.5
        extensions: dict[str, Any] = {
            "timeout": {"connect": connect, "read": 60.0, "write": 60.0, "pool": 60.0}
        }
        params = urlencode(request.params)
        address = self._address(url, "" if self._wire is None else params)
        if params and self._wire is None:
            extensions["target"] = b"%s?%s" % (address.raw_path.partition(b"?")[0], params.encode())
        if self.rate_limiter and self._wire is None:
            extensions["trace"] = _when_connected(ready)
        else:
            ready()
        built = httpx.Request(
            request.method,
            address,
            headers={**HEADERS, **request.headers},
            content=request.body,
            extensions=extensions,
        )
        response = self._connection(url).handle_request(built)
        assert isinstance(response.stream, httpx.SyncByteStream)
        try:
            headers = {name.lower(): value for name, value in response.headers.items()}
            body = b"".join(self._inflated(response.stream, headers))
        finally:
            response.close()
        return Response(response.status_code, headers, body)

    def _address(self, url: str, params: str) -> httpx.URL:
        """An address in httpx's words, made once: that takes longer than sending a request to it.

        On our own lines only the request's target holds the parameters; a given wire gets the whole address.
        """
        if params:
            return httpx.URL(f"{url.partition('?')[0]}?{params}")
        if (address := self._addresses.get(url)) is None:
            if len(self._addresses) >= _ADDRESSES:
                self._addresses.clear()
            address = self._addresses[url] = httpx.URL(url)
        return address

    def _inflated(self, stream: Iterable[bytes], headers: dict[str, str]) -> Iterator[bytes]:
        """The body in pieces, inflated here so that a small bomb stops at the limit and not after it."""
        zipped = headers.get("content-encoding", "").lower() in ("gzip", "deflate")
        inflate = zlib.decompressobj(47) if zipped else None
        size = 0
        for piece in stream:
            rest = piece
            while rest:
                out = inflate.decompress(rest, 1_000_000) if inflate else rest
                rest = inflate.unconsumed_tail if inflate else b""
                size += len(out)
                if size > self.max_bytes:
                    raise VendorChanged(
                        f"{self.host} answered with more than {self.max_bytes:,} bytes",
                        do="Raise the vendor's max_bytes if the answer is meant to be that large.",
                    )
                yield out
        if inflate and not inflate.eof:
            raise zlib.error("the compressed body is cut off")

    def _judged(self, response: Response) -> Response:
        if response.status in _AGAIN:
            if response.status in _TOO_MANY:
                self.concurrency.report_throttled()
            after = self._asked_wait(response.headers.get("retry-after"))
            what = "too many requests" if response.status == 429 else f"HTTP {response.status}"
            if after is not None and after > self.patience:
                raise TryLater(
                    f"{self.host} answered {what} and asks to wait {after:.0f} seconds",
                    do=f"Run the sync again in {max(1, round(after / 60))} minutes.",
                    after=after,
                )
            raise _RetryableError(f"{self.host} answered {what}", after)
        if 300 <= response.status < 400:
            target = _host(response.headers.get("location", "")) or "another path"
            raise FixSettings(
                f"{self.host} redirects to {target}; credentials do not follow redirects",
                do="Set base_url to the address that the vendor gives for its API.",
            )
        self.concurrency.report_success()
        return response

    def _asked_wait(self, value: str | None) -> float | None:
        """``Retry-After`` in seconds, from seconds or an HTTP date; None where absent or not understood."""
        if not value:
            return None
        try:
            return max(0.0, float(value))
        except ValueError:
            pass
        try:
            moment = parsedate_to_datetime(value)
        except ValueError:
            return None
        now = datetime.fromtimestamp(self._clock(), UTC)
        return max(0.0, (moment.astimezone(UTC) - now).total_seconds())

    @property
    def date(self) -> datetime | None:
        """The vendor's own clock as the last answer gave it; that of a cache is older, never newer."""
        try:
            return parsedate_to_datetime(self._server_date).astimezone(UTC) if self._server_date else None
        except ValueError:
            return None

    def _pause(self, state: RetryCallState) -> float:
        """What the vendor asked for, else 0.5, 1, 2 … seconds with jitter, 30 at most."""
        error = state.outcome.exception() if state.outcome else None
        after = getattr(error, "after", None)
        backoff = min(30.0, 0.5 * 2 ** (state.attempt_number - 1))
        jitter = backoff * (0.5 + random.random() / 2)
        return max(float(after), 0.05) if after is not None else jitter


def _when_connected(ready: Callable[[], None]) -> Callable[[str, dict[str, Any]], None]:
    """Calls ``ready`` before the head of a request is sent; that of a proxy's tunnel is not the vendor's."""

    def trace(event: str, info: dict[str, Any]) -> None:
        if event.endswith("send_request_headers.started") and info["request"].method != b"CONNECT":
            ready()

    return trace


@contextmanager
def open_transport(*args: Any, **kwargs: Any) -> Iterator[Transport]:
    """A transport that is closed at the end of the block."""
    transport = Transport(*args, **kwargs)
    try:
        yield transport
    finally:
        transport.close()


def _host(url: str) -> str:
    """Host and port of an address, without the user and password that may stand before them."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return ""


def _proxy(url: str) -> str | None:
    """The proxy that the environment names for this address (HTTPS_PROXY, NO_PROXY …)."""
    parts = urlsplit(url)
    return None if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme)
