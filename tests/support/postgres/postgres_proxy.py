"""The line between us and a Postgres server: every connection goes through it, and it can be cut."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import parse_qs, urlsplit, urlunsplit

_PIECE = 65536


class PostgresProxy:
    """Counts what clients send, over all connections: about a statement is one piece.

    Attributes:
        url: the database's address through this line.
        sent: pieces since the last ``mend`` or ``arm``.
        cuts: how often it was cut since then.
        statements: the text of each message with statements, without COPY's data.
    """

    def __init__(self, url: str, host: str) -> None:
        self._server = _place(url)
        self._door = socket.create_server((host, 0))
        parts = urlsplit(url)
        login = parts.netloc.rpartition("@")[0]
        place = f"{login}{'@' if login else ''}{host}:{self._door.getsockname()[1]}"
        self.url = urlunsplit(parts._replace(netloc=place, query=""))
        self.sent = self.cuts = 0
        self.statements: list[str] = []
        self._is_dead, self._stays_dead = False, True
        self._cut_at: int | None = None
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        threading.Thread(target=self._answer, daemon=True).start()

    def mend(self) -> None:
        """Lets everything through again."""
        self._set(None, stays_dead=True)

    def arm(self, at: int, *, stays_dead: bool) -> None:
        """All connections end at the ``at``-th piece from now; new ones are taken, unless it ``stays_dead``."""
        self._set(at, stays_dead=stays_dead)

    def cut(self) -> None:
        """All connections end now, and no new one is taken."""
        self._set(None, stays_dead=True)
        self._cut()

    def close(self) -> None:
        """Ends every connection, and takes no more."""
        self.cut()
        self._door.close()

    def _set(self, at: int | None, *, stays_dead: bool) -> None:
        with self._lock:
            self.sent = self.cuts = 0
            self._is_dead, self._stays_dead, self._cut_at = False, stays_dead, at

    def _answer(self) -> None:
        while True:
            try:
                client, _ = self._door.accept()
            except OSError:
                return
            with self._lock:
                if self._is_dead:
                    client.close()
                    continue
                server = socket.socket(self._server[0])
                server.connect(self._server[1])
                self._open += [client, server]
            for source, target, counts in ((client, server, True), (server, client, False)):
                threading.Thread(target=self._pass_on, args=(source, target, counts), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, counts: bool) -> None:
        with suppress(OSError):
            while piece := source.recv(_PIECE):
                if counts:
                    self.statements += _queries(piece)
                if counts and not self._may_pass():
                    self._cut()
                    break
                target.sendall(piece)
        _end(source, target)

    def _may_pass(self) -> bool:
        with self._lock:
            self.sent += 1
            return self.sent != self._cut_at

    def _cut(self) -> None:
        with self._lock:
            self.cuts += 1
            self._is_dead = self._stays_dead
            ending, self._open = self._open, []
        _end(*ending)


def _queries(piece: bytes) -> Iterator[str]:
    """The statements of the simple queries that a piece begins with."""
    while piece[:1] == b"Q":
        length = 1 + int.from_bytes(piece[1:5], "big")
        yield piece[5:length].rstrip(b"\0").decode(errors="replace")
        piece = piece[length:]


def _end(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()


def _place(url: str) -> tuple[socket.AddressFamily, tuple[str, int] | str]:
    parts = urlsplit(url)
    host = parse_qs(parts.query).get("host", [parts.hostname or ""])[0]
    port = parts.port or 5432
    if host.startswith("/"):
        return socket.AF_UNIX, f"{host}/.s.PGSQL.{port}"
    return socket.AF_INET, (host, port)


@contextmanager
def proxy_to(url: str, host: str = "127.0.0.1") -> Iterator[PostgresProxy]:
    """A line to the database at ``url`` for the block, taken at this machine's address ``host``."""
    line = PostgresProxy(url, host)
    try:
        yield line
    finally:
        line.close()
