"""Connections: httpx behind one module, with TLS, proxies, a deadline and a limit on the size of an answer.

Nothing else of the engine imports httpx, apart from ``transport``, which judges the errors that leave here.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode, urlsplit

import httpx

from fieldhouse import __version__

from .certificates import check_certificates, trusted_certificates
from .content_coding import body_of
from .messages import HttpRequest, Response
from .proxies import Proxy, proxy_for

if TYPE_CHECKING:  # importing it takes 25 ms, which a command without requests saves
    from httpcore import NetworkBackend, NetworkStream

HEADERS = {"Accept": "*/*", "Accept-Encoding": "gzip", "User-Agent": f"fieldhouse/{__version__}"}
MAX_BYTES = 256 * 1024 * 1024
"""The most that one answer may hold when inflated; beyond it, it is refused."""
ANSWER_SECONDS = 600.0
"""A whole answer arrives within this time: 200 MB at 1 MB/s take a third of it."""
LEAST_RATE, RATE_FROM = 100.0, 60.0
"""Bytes per second that an answer arrives with on average, once that many seconds have passed since its first byte."""
_ADDRESSES = 64


class SlowAnswerError(Exception):
    """An answer is too slow to be waited for; the message states the rate."""


class ProxyHandshakeError(Exception):
    """The TLS handshake with a proxy failed, and not that with the vendor behind it; the cause has the reason."""


class Deadline:
    """How long the exchange of one thread may take. ``received`` are bytes of the answer."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.begin()

    def begin(self, on_send: Callable[[], None] | None = None) -> None:
        """Begin an exchange; ``on_send`` is called when the connection stands and the request is about to be sent."""
        self._started, self.received = self._clock(), 0
        self._first: float | None = None
        self._on_send = on_send

    def send(self, data: bytes) -> None:
        """Note bytes that are about to be sent; those that ask a proxy for a tunnel are not the request."""
        if self._on_send is None or data.startswith(b"CONNECT "):
            return
        self._on_send()
        self.begin()

    def left(self) -> float:
        """Seconds that are left.

        Raises:
            SlowAnswerError: none are.
        """
        left = self._started + ANSWER_SECONDS - self._clock()
        if left <= 0:
            raise SlowAnswerError(f"did not send its whole answer within {ANSWER_SECONDS:.0f} seconds")
        return left

    def receive(self, count: int) -> None:
        """Note bytes that came.

        Raises:
            SlowAnswerError: they come more slowly than ``LEAST_RATE``.
        """
        now = self._clock()
        if self._first is None:
            self._first = now
        self.received += count
        elapsed = now - self._first
        if elapsed > RATE_FROM and self.received < LEAST_RATE * elapsed:
            raise SlowAnswerError(
                f"sent {self.received:,} bytes in {elapsed:.0f} seconds, less than {LEAST_RATE:.0f} per second"
            )


class _TimedStream:
    """A connection, as httpcore's ``NetworkStream``, whose reads end by the deadline of its thread.

    Args:
        to_tls_proxy: whether the next handshake is that of a proxy.
    """

    def __init__(self, stream: NetworkStream, deadline: Deadline, to_tls_proxy: bool = False) -> None:
        self._stream, self._deadline, self._to_tls_proxy = stream, deadline, to_tls_proxy

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = self._deadline.left()
        data = self._stream.read(max_bytes, left if timeout is None else min(timeout, left))
        self._deadline.receive(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._deadline.send(buffer)
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> _TimedStream:
        from httpcore import ConnectError

        try:
            stream = self._stream.start_tls(ssl_context, server_hostname, timeout)
        except ConnectError as error:
            if self._to_tls_proxy:
                raise ProxyHandshakeError from error
            raise
        return _TimedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _TimedBackend:
    """Opens the connections of httpcore's ``NetworkBackend``, with reads that end by a deadline."""

    def __init__(self, backend: NetworkBackend, deadline: Deadline, to_tls_proxy: bool) -> None:
        self._backend, self._deadline, self._to_tls_proxy = backend, deadline, to_tls_proxy

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> _TimedStream:
        stream = self._backend.connect_tcp(host, port, timeout, local_address, socket_options)
        return _TimedStream(stream, self._deadline, self._to_tls_proxy)


class Connections:
    """Exchanges one request for one answer, on a connection of the calling thread.

    Args:
        base_url: most requests go there.
        max_bytes: the most that one answer may hold when inflated.
        wire: an httpx transport, for tests.
        monotonic: seconds of a clock that never goes back, for the deadline of an answer.

    Raises:
        FixSettings: the environment names a proxy or certificates that cannot be used.
    """

    def __init__(
        self,
        base_url: str,
        *,
        max_bytes: int = MAX_BYTES,
        wire: httpx.BaseTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.host, self.max_bytes = host_of(base_url), max_bytes
        self._wire, self._monotonic = wire, monotonic
        self._local = threading.local()
        self._opened: list[httpx.BaseTransport] = []
        self._context: ssl.SSLContext | None = None
        self._addresses: dict[str, httpx.URL] = {}
        self._proxies: dict[tuple[str, str], Proxy | None] = {}
        self._lock = threading.Lock()
        if wire is None:
            self.proxy(base_url)
            check_certificates()

    def close(self) -> None:
        for connection in self._opened:
            connection.close()

    def exchange(
        self, request: HttpRequest, url: str, *, connect: float, on_send: Callable[[], None], paced: bool
    ) -> Response:
        """Send one request and read its whole answer.

        A paced request calls ``on_send`` once its connection stands: a grant taken before would be used a handshake
        later, together with those that came meanwhile, and so break the limit that it keeps.

        Args:
            connect: seconds for the connection.
            on_send: called when the request is about to be sent.

        Raises:
            httpx.TransportError, CutBodyError, ProxyHandshakeError: the exchange failed.
            SlowAnswerError: the answer takes longer than it may.
            VendorChanged: the answer is too large, or in a coding that is not read.
        """
        built, deadline = self._built(request, url, connect), self._deadline()
        if paced and self._wire is None:
            deadline.begin(on_send)
        else:
            on_send()
            deadline.begin()
        response = self._connection(url, deadline).handle_request(built)
        assert isinstance(response.stream, httpx.SyncByteStream)
        try:
            headers = {name.lower(): value for name, value in response.headers.items()}
            body = body_of(
                response.stream, response.status_code, headers, host=self.host, max_bytes=self.max_bytes
            )
        finally:
            response.close()
        return Response(response.status_code, headers, body)

    def proxy(self, url: str) -> Proxy | None:
        """The proxy for requests to ``url``, looked up once per host."""
        parts = urlsplit(url)
        origin = parts.scheme, parts.netloc
        if origin not in self._proxies:
            self._proxies[origin] = None if self._wire else proxy_for(url)
        return self._proxies[origin]

    def _built(self, request: HttpRequest, url: str, connect: float) -> httpx.Request:
        extensions: dict[str, Any] = {
            "timeout": {"connect": connect, "read": 60.0, "write": 60.0, "pool": 60.0}
        }
        params = urlencode(request.params)
        direct = self._wire is None and self.proxy(url) is None
        address = self._address(url, "" if direct else params)
        if params and direct:  # a proxy's own request would take the target over, with the credentials in it
            extensions["target"] = b"%s?%s" % (address.raw_path.partition(b"?")[0], params.encode())
        return httpx.Request(
            request.method,
            address,
            headers={**HEADERS, **request.headers},
            content=request.body,
            extensions=extensions,
        )

    def _deadline(self) -> Deadline:
        deadline: Deadline | None = getattr(self._local, "deadline", None)
        if deadline is None:
            deadline = self._local.deadline = Deadline(self._monotonic)
        return deadline

    def _connection(self, url: str, deadline: Deadline) -> httpx.BaseTransport:
        """This thread's own connection: threads that share httpx's pool wait for its lock more than for the host."""
        if self._wire:
            return self._wire
        proxy = self.proxy(url)
        connections: dict[Proxy | None, httpx.BaseTransport] | None = getattr(
            self._local, "connections", None
        )
        if connections is None:
            connections = self._local.connections = {}
        if proxy not in connections:
            connections[proxy] = self._opened_for(proxy, deadline)
        return connections[proxy]

    def _opened_for(self, proxy: Proxy | None, deadline: Deadline) -> httpx.BaseTransport:
        context = self._certificates()
        own = context if proxy and proxy.url.startswith("https:") else None
        connection = httpx.HTTPTransport(
            verify=context,
            proxy=httpx.Proxy(proxy.url, ssl_context=own) if proxy else None,
            limits=httpx.Limits(max_connections=2, max_keepalive_connections=1, keepalive_expiry=30.0),
        )
        pool = connection._pool  # httpx has no public place for a backend
        timed = _TimedBackend(pool._network_backend, deadline, bool(own))
        pool._network_backend = cast("NetworkBackend", timed)
        with self._lock:
            self._opened.append(connection)
        return connection

    def _certificates(self) -> ssl.SSLContext:
        """One context for all connections: making one takes as long as dozens of requests."""
        with self._lock:
            if self._context is None:
                self._context = trusted_certificates()
            return self._context

    def _address(self, url: str, params: str) -> httpx.URL:
        """An address in httpx's form, made once: that takes longer than sending a request to it.

        On our own direct connections only the request's target holds the parameters.
        """
        if params:
            return httpx.URL(f"{url.partition('?')[0]}?{params}")
        if (address := self._addresses.get(url)) is None:
            if len(self._addresses) >= _ADDRESSES:
                self._addresses.clear()
            address = self._addresses[url] = httpx.URL(url)
        return address


def host_of(url: str) -> str:
    """Host and port of an address, without the user and password that may stand before them."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return ""
