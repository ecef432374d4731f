"""The HTTP server of the command ``webhooks``: what strangers send costs a bounded number of threads and log lines."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from fieldhouse.pipelines.output.console import log_line, quantity
from fieldhouse.sources.engine.errors import FixSettings

MAX_CONNECTIONS = 64
"""Open connections; a further one takes the place of the one that has been silent for longest."""
HEAD_SECONDS = 10.0
"""A request's head arrives within this time, counted from the connection or from the answer before."""
LOG_EVERY = 60.0
"""Seconds between two lines about requests that failed."""


class EventServer(ThreadingHTTPServer):
    """Answers GET requests with the status of ``take`` and an empty body.

    Args:
        take: the HTTP status for a path.
        head_seconds: as ``HEAD_SECONDS``.
    """

    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, take: Callable[[str], int], host: str, port: int, head_seconds: float) -> None:
        self._connections: OrderedDict[socket.socket, float] = OrderedDict()
        self._lock = threading.Lock()
        self._head_seconds = head_seconds
        self._failures, self._next_log = 0, 0.0
        super().__init__((host, port), _handler(take))

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._connections[request] = time.monotonic() + self._head_seconds
            if len(self._connections) > MAX_CONNECTIONS:
                _end(self._connections.popitem(last=False)[0])
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._connections.pop(request, None)
        super().shutdown_request(request)

    def answered(self, connection: socket.socket) -> None:
        """Give a connection its time for another request."""
        with self._lock:
            if connection in self._connections:
                self._connections[connection] = time.monotonic() + self._head_seconds
                self._connections.move_to_end(connection)

    def service_actions(self) -> None:
        """End connections whose time is over; called several times a second."""
        now = time.monotonic()
        with self._lock:
            while self._connections and next(iter(self._connections.values())) < now:
                _end(self._connections.popitem(last=False)[0])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log that a request failed, in one line of all that failed since the last; a reset is none."""
        error = sys.exception()
        if isinstance(error, OSError):
            return
        with self._lock:
            self._failures += 1
            failures, now = self._failures, time.monotonic()
            if now < self._next_log:
                return
            self._failures, self._next_log = 0, now + LOG_EVERY
        log_line(f"error: {quantity(failures, 'request')} could not be answered ({type(error).__name__})")


def _end(connection: socket.socket) -> None:
    """The thread that reads from the connection sees its end, and closes it."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class listening:
    """Serves ``take`` on a thread of its own.

    Raises:
        FixSettings: the address cannot be listened on.
    """

    def __init__(
        self, take: Callable[[str], int], host: str, port: int, *, head_seconds: float = HEAD_SECONDS
    ) -> None:
        try:
            self.server = EventServer(take, host, port, head_seconds)
        except OSError as error:
            raise FixSettings(
                f"cannot listen on {host}:{port} ({error.strerror}).",
                do="Choose another with --port.",
                where="--port",
            ) from None
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})

    def __enter__(self) -> EventServer:
        self._thread.start()
        return self.server

    def __exit__(self, *raised: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()


def _handler(take: Callable[[str], int]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        server: EventServer
        server_version, sys_version = "fieldhouse", ""
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(take(self.path))
            self.send_header("Content-Length", "0")
            self.end_headers()
            self.server.answered(self.connection)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the path holds the token."""

    return Handler
