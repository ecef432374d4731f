"""Servers on loopback for what no sandbox does: bytes by hand, TLS in front of a sandbox, and a proxy that records."""

from __future__ import annotations

import re
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

Serve = Callable[[socket.socket], None]


@contextmanager
def listening(serve: Serve) -> Iterator[int]:
    """A port whose connections are each served by a thread; they are closed afterwards."""
    server = socket.create_server(("127.0.0.1", 0))
    open_connections: list[socket.socket] = []

    def handle(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            serve(connection)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = server.accept()
                open_connections.append(connection)
                threading.Thread(target=handle, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield server.getsockname()[1]
    finally:
        server.close()
        for connection in open_connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def head_of(connection: socket.socket) -> tuple[bytes, bytes]:
    """The head of a message with its empty line, and what came of the body."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            raise OSError("closed before the head was complete")
        data += piece
    head, _, rest = data.partition(b"\r\n\r\n")
    return head + b"\r\n\r\n", rest


def message_from(connection: socket.socket) -> bytes:
    """A request or an answer with its body, whose length its head has."""
    head, body = head_of(connection)
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    while length and len(body) < int(length[1]):
        body += connection.recv(65536)
    return head + body


def message(body: bytes = b"", status: str = "200 OK", *headers: str) -> bytes:
    """The bytes of one answer."""
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@contextmanager
def answering(*answers: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """A port that gives these answers in turn, the last one for ever; and the heads of the requests."""
    heads: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        while True:
            head, _ = head_of(connection)
            heads.append(head)
            connection.sendall(answers[min(len(heads), len(answers)) - 1])

    with listening(serve) as port:
        yield port, heads


def _pipe(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError, ValueError):
        while piece := source.recv(65536):
            target.sendall(piece)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def joined(left: socket.socket, right: socket.socket) -> None:
    """Bytes go both ways until one side ends."""
    back = threading.Thread(target=_pipe, args=(right, left), daemon=True)
    back.start()
    _pipe(left, right)
    back.join(5)


# --- TLS ------------------------------------------------------------------------------------------------------------


def make_certificate(folder: Path, *, name: str = "localhost", days: int = 2) -> tuple[Path, Path]:
    """A self-signed certificate and its key, as PEM files."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
            ),
            *("-keyout", key, "-out", certificate, "-days", str(days), "-subj", f"/CN={name}"),
            *("-addext", f"subjectAltName=DNS:{name}"),
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key


@contextmanager
def tls_in_front_of(port: int, certificate: Path, key: Path) -> Iterator[int]:
    """A port that takes TLS off and passes the bytes on to another port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as opened:
            joined_tls(opened, port)

    with listening(serve) as front:
        yield front


def joined_tls(opened: ssl.SSLSocket, port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as behind:
        joined(opened, behind)


# --- proxies --------------------------------------------------------------------------------------------------------


class RecordingProxy:
    """A proxy that tunnels and forwards. ``heads`` are its requests, ``received`` all bytes before a tunnel.

    Args:
        answer: what it answers instead.
    """

    def __init__(self, answer: bytes | None = None) -> None:
        self.answer = answer
        self.heads: list[bytes] = []
        self.received = bytearray()

    @property
    def lines(self) -> list[str]:
        """The first lines of the requests."""
        return [head.split(b"\r\n")[0].decode() for head in self.heads]

    def admits(self, head: bytes) -> bool:
        """True if the request has what the proxy asks for."""
        return True

    def __call__(self, connection: socket.socket) -> None:
        head, rest = head_of(connection)
        self.heads.append(head)
        self.received += head
        if self.answer is not None:
            connection.sendall(self.answer)
            return
        if not self.admits(head):
            connection.sendall(message(b"", "407 Proxy Authentication Required", "Proxy-Authenticate: Basic"))
            return
        method, target, _ = head.split(b"\r\n")[0].decode().split(" ", 2)
        if method == "CONNECT":
            host, _, port = target.rpartition(":")
            with socket.create_connection((host, int(port))) as behind:
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                joined(connection, behind)
            return
        self.received += rest
        self._forward(connection, head, rest, target)

    def _forward(self, connection: socket.socket, head: bytes, rest: bytes, target: str) -> None:
        parts = urlsplit(target)
        assert parts.scheme == "http", "requests to a proxy have the absolute form"
        line, _, headers = head.partition(b"\r\n")
        origin = target[target.index("/", len("http://")) :]
        line = line.replace(target.encode(), origin.encode())
        with socket.create_connection((parts.hostname or "", parts.port or 80)) as behind:
            behind.sendall(line + b"\r\nConnection: close\r\n" + headers + rest)
            joined(connection, behind)


@contextmanager
def recording_proxy(answer: bytes | None = None) -> Iterator[tuple[int, RecordingProxy]]:
    proxy = RecordingProxy(answer)
    with listening(proxy) as port:
        yield port, proxy
