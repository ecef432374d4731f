"""Serves sandboxes over real HTTP on loopback, one port each."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .sandbox import Call, Sandbox


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    sandbox: Sandbox

    def _serve(self) -> None:
        sandbox = self.sandbox
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length) if length else b""
        call = Call.of(self.command, self.path, dict(self.headers.items()), body)
        with sandbox.lock:
            sandbox.in_flight += 1
            sandbox.most_in_flight = max(sandbox.most_in_flight, sandbox.in_flight)
        try:
            if sandbox.latency:
                time.sleep(sandbox.latency)
            answer = sandbox.handle(call)
        finally:
            with sandbox.lock:
                sandbox.in_flight -= 1
        self.send_response_only(answer.status)
        date = format_datetime(sandbox.clock.now(), usegmt=True)
        headers = {"Date": date, "Content-Length": str(len(answer.body)), **answer.headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if answer.cut is None:
            if self.command != "HEAD":
                self.wfile.write(answer.body)
            self.wfile.flush()
            return
        self.wfile.write(answer.body[: answer.cut])
        self.wfile.flush()
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _serve

    def log_message(self, *args: Any) -> None:
        """Nothing: the sandbox keeps its own log."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is its own affair (kills and cut lines are tested on purpose)."""
        import sys

        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError, OSError)):
            super().handle_error(request, client_address)


@contextmanager
def serve(
    *sandboxes: Sandbox, host: str = "127.0.0.1", ports: Sequence[int] = ()
) -> Iterator[dict[str, str]]:
    """Serve each sandbox on its own port (a free one unless ``ports`` says which); give name -> base URL."""
    with ExitStack() as stack:
        urls = {}
        for index, sandbox in enumerate(sandboxes):
            handler = type(f"{sandbox.name}Handler", (_Handler,), {"sandbox": sandbox})
            server = _Server((host, ports[index] if ports else 0), handler)
            stack.callback(server.server_close)
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
            stack.callback(server.shutdown)
            urls[sandbox.name] = f"http://{host}:{server.server_address[1]}"
        yield urls


def environment(sandboxes: Sequence[Sandbox], urls: dict[str, str]) -> dict[str, str]:
    """The environment variables that point fieldhouse at these sandboxes."""
    return {
        f"SOURCES__{sandbox.name.upper()}__{setting.upper()}": value
        for sandbox in sandboxes
        for setting, value in sandbox.settings(urls[sandbox.name]).items()
    }
