"""Connections: httpx behind one module, with TLS, proxies and a limit on the size of an answer.

Nothing else of the engine imports httpx. Errors of httpx and of zlib leave as they are; ``transport`` judges them.
"""

from __future__ import annotations

import ssl
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from fieldhouse import __version__
from fieldhouse.sources.engine.errors import VendorChanged

from .messages import HttpRequest, Response

HEADERS = {"Accept": "*/*", "Accept-Encoding": "gzip", "User-Agent": f"fieldhouse/{__version__}"}
MAX_BYTES = 256 * 1024 * 1024
"""The most that one answer may hold when inflated; beyond it, it is refused."""
_ADDRESSES = 64
_PIECE = 1_000_000


class Connections:
    """Exchanges one request for one answer, on a connection of the calling thread.

    Args:
        host: of the vendor, for messages.
        max_bytes: the most that one answer may hold when inflated.
        wire: an httpx transport, for tests.
    """

    def __init__(
        self, host: str, *, max_bytes: int = MAX_BYTES, wire: httpx.BaseTransport | None = None
    ) -> None:
        self.host, self.max_bytes = host, max_bytes
        self._wire = wire
        self._local = threading.local()
        self._opened: list[httpx.BaseTransport] = []
        self._context: ssl.SSLContext | None = None
        self._addresses: dict[str, httpx.URL] = {}
        self._lock = threading.Lock()

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
            httpx.TransportError, zlib.error: the exchange failed.
            VendorChanged: the answer is larger than ``max_bytes``.
        """
        built = self._built(request, url, connect)
        if paced and self._wire is None:
            built.extensions["trace"] = _when_connected(on_send)
        else:
            on_send()
        response = self._connection(url).handle_request(built)
        assert isinstance(response.stream, httpx.SyncByteStream)
        try:
            headers = {name.lower(): value for name, value in response.headers.items()}
            body = b"".join(self._inflated(response.stream, headers))
        finally:
            response.close()
        return Response(response.status_code, headers, body)

    def _built(self, request: HttpRequest, url: str, connect: float) -> httpx.Request:
        extensions: dict[str, Any] = {
            "timeout": {"connect": connect, "read": 60.0, "write": 60.0, "pool": 60.0}
        }
        params = urlencode(request.params)
        address = self._address(url, "" if self._wire is None else params)
        if params and self._wire is None:
            extensions["target"] = b"%s?%s" % (address.raw_path.partition(b"?")[0], params.encode())
        return httpx.Request(
            request.method,
            address,
            headers={**HEADERS, **request.headers},
            content=request.body,
            extensions=extensions,
        )

    def _connection(self, url: str) -> httpx.BaseTransport:
        """This thread's own connection: threads that share httpx's pool wait for its lock more than for the host."""
        connection: httpx.BaseTransport | None = self._wire or getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = httpx.HTTPTransport(
                verify=self._certificates(),
                proxy=_proxy(url),
                limits=httpx.Limits(max_connections=2, max_keepalive_connections=1, keepalive_expiry=30.0),
            )
            with self._lock:
                self._opened.append(connection)
        return connection

    def _certificates(self) -> ssl.SSLContext:
        """One context for all connections: making one takes as long as dozens of requests."""
        with self._lock:
            if self._context is None:
                self._context = httpx.create_ssl_context()
            return self._context

    def _address(self, url: str, params: str) -> httpx.URL:
        """An address in httpx's form, made once: that takes longer than sending a request to it.

        On our own connections only the request's target holds the parameters; a given wire gets the whole address.
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
                out = inflate.decompress(rest, _PIECE) if inflate else rest
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


def _when_connected(on_send: Callable[[], None]) -> Callable[[str, dict[str, Any]], None]:
    """Calls ``on_send`` before the head of a request is sent; that of a proxy's tunnel is not the vendor's."""

    def trace(event: str, info: dict[str, Any]) -> None:
        if event.endswith("send_request_headers.started") and info["request"].method != b"CONNECT":
            on_send()

    return trace


def host_of(url: str) -> str:
    """Host and port of an address, without the user and password that may stand before them."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return ""


def _proxy(url: str) -> str | None:
    """The proxy that the environment names for this address (HTTPS_PROXY, NO_PROXY …)."""
    parts = urlsplit(url)
    return None if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme)
