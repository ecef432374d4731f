"""The benchmarks' vendor: ServiceBridge's list ``Customers``, by its protocol, from a process of its own.

It answers pages of 30 rows whatever is asked for, with ``TotalCount``, honours ``changeTime``, and costs a fraction of
what any client does. An answer is made at once and sent when the latency is over, however many are under way.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.benchmarks.rows import Book

PAGE = 30
_LATE = 0.0005
"""Seconds by which a timer of asyncio's rings late on average: it waits for whole milliseconds, rounded up."""


class Desk:
    """What the vendor knows, and what it was asked."""

    def __init__(self) -> None:
        self.book, self.latency, self.requests = Book(0), 0.0, 0

    def answer(self, target: str) -> bytes:
        parts = urlsplit(target)
        if unquote(parts.path) != "/api/v1/Customers":
            return _reply(b"404 Not Found", b'{"Success":false,"Error":{"Value":"MethodNotFound"}}')
        asked = dict(parse_qsl(parts.query))
        since = asked.get("changeTime")
        moment = datetime.fromisoformat(since).replace(tzinfo=UTC) if since else None
        total, rows = self.book.page(int(asked.get("page", 1)), PAGE, moment)
        return _reply(b"200 OK", b'{"TotalCount":%d,"Data":[%s],"Success":true,"Error":null}' % (total, rows))


def _reply(status: bytes, body: bytes) -> bytes:
    return (
        b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nDate: Mon, 02 Nov 2026 14:30:00 GMT\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (status, len(body), body)
    )


class _Line(asyncio.Protocol):
    """One connection: requests without bodies, one answer each."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.buffer = desk, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while b"\r\n\r\n" in self.buffer:
            head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
            self.desk.requests += 1
            loop = asyncio.get_running_loop()
            due = loop.time() + self.desk.latency - _LATE
            answer = self.desk.answer(head.split(b" ", 2)[1].decode())
            if self.desk.latency:
                loop.call_at(due, self._send, answer)
            else:
                self._send(answer)

    def _send(self, answer: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(answer)


def _serve(orders: Connection) -> None:
    async def run() -> None:
        desk, loop = Desk(), asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Line(desk), "127.0.0.1", 0, backlog=256)
        orders.send(server.sockets[0].getsockname()[1])
        ended = loop.create_future()

        def order() -> None:
            try:
                what, *given = orders.recv()
            except EOFError:
                ended.set_result(None)
                loop.remove_reader(orders.fileno())
                return
            orders.send(_obey(desk, what, given))

        loop.add_reader(orders.fileno(), order)
        await ended

    asyncio.run(run())


def _obey(desk: Desk, what: str, given: list[Any]) -> Any:
    if what == "hold":
        desk.book = Book(given[0])
    elif what == "edit":
        desk.book.edit(*given)
    elif what == "wait":
        desk.latency = given[0]
    counted, desk.requests = desk.requests, 0
    return counted


class Vendor:
    """The vendor's address, and orders to it. Every order gives the requests since the last one."""

    def __init__(self, url: str, orders: Connection) -> None:
        self.url, self._orders = url, orders

    def _order(self, *what: Any) -> int:
        self._orders.send(what)
        counted: int = self._orders.recv()
        return counted

    def hold(self, rows: int) -> int:
        """Forget everything and hold so many rows."""
        return self._order("hold", rows)

    def edit(self, changes: int, number: int) -> int:
        """Change so many rows."""
        return self._order("edit", changes, number)

    def wait(self, seconds: float) -> int:
        """Take so long for every answer."""
        return self._order("wait", seconds)

    def counted(self) -> int:
        return self._order("count")


@contextmanager
def open_vendor() -> Iterator[Vendor]:
    """The vendor, for as long as the block lasts."""
    here, there = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_serve, args=(there,), daemon=True)
    process.start()
    there.close()
    try:
        yield Vendor(f"http://127.0.0.1:{here.recv()}", here)
    finally:
        here.close()
        process.join(5)
