"""Strangers who can reach the webhooks' port fill neither the log nor the machine with threads."""

from __future__ import annotations

import socket
import struct
import threading
import time
from contextlib import ExitStack

import pytest

from fieldhouse.pipelines.commands.serve.event_listener import MAX_CONNECTIONS, listening
from fieldhouse.pipelines.commands.serve.webhooks import Post
from fieldhouse.pipelines.sync.refresh_queue import Hints

EVENT = b"GET /shiftboard/shift/updated/1 HTTP/1.1\r\nHost: h\r\n\r\n"


def ok(path: str) -> int:
    return 200


def answer(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(request)
        return connection.recv(1000)


@pytest.mark.parametrize(
    "request_line", [b"GET http://[bad/shift HTTP/1.1", b"GET // HTTP/1.1", b"rubbish", b"GET /a /b HTTP/x"]
)
def test_malformed_requests_are_answered_without_a_line_in_the_log(
    request_line: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    post = Post([], Hints(time.monotonic))
    with listening(post.take, "127.0.0.1", 0) as server:
        port = server.server_address[1]
        reply = answer(port, request_line + b"\r\nHost: h\r\nConnection: close\r\n\r\n")
    assert b"400" in reply or b" 404 " in reply
    assert capfd.readouterr().err == ""


def test_resets_are_no_lines_in_the_log(capfd: pytest.CaptureFixture[str]) -> None:
    with listening(ok, "127.0.0.1", 0) as server:
        for _ in range(20):
            connection = socket.create_connection(server.server_address[:2], 5)
            connection.sendall(b"GET /a HT")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
        assert b" 200 " in answer(server.server_address[1], EVENT)
    assert capfd.readouterr().err == ""


def test_requests_that_fail_are_one_line_a_minute_without_a_traceback(
    capfd: pytest.CaptureFixture[str],
) -> None:
    def failing(path: str) -> int:
        raise RuntimeError(path)

    with listening(failing, "127.0.0.1", 0) as server:
        for _ in range(5):
            assert answer(server.server_address[1], EVENT) == b""
    (line,) = capfd.readouterr().err.splitlines()
    assert "RuntimeError" in line
    assert "/shiftboard" not in line, "the path holds the token"


def test_an_event_is_answered_while_400_slow_connections_are_open() -> None:
    before = threading.active_count()
    with listening(ok, "127.0.0.1", 0) as server, ExitStack() as stack:
        for _ in range(400):
            slow = stack.enter_context(socket.create_connection(server.server_address[:2], 5))
            slow.sendall(b"GET /a HTTP/1.1\r\nX: ")
        started = time.monotonic()
        assert b" 200 " in answer(server.server_address[1], EVENT)
        assert time.monotonic() - started < 2
        deadline = time.monotonic() + 5
        while threading.active_count() - before > MAX_CONNECTIONS + 1 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert threading.active_count() - before <= MAX_CONNECTIONS + 1


def test_a_head_that_drips_is_given_up_and_a_connection_with_events_is_not() -> None:
    with listening(ok, "127.0.0.1", 0, head_seconds=0.3) as server:
        address = server.server_address[:2]
        with socket.create_connection(address, 5) as slow, socket.create_connection(address, 5) as good:
            slow.sendall(b"GET /a HTTP/1.1\r\nX: ")
            slow.settimeout(0.05)
            started, ended = time.monotonic(), False
            while not ended and time.monotonic() - started < 5:
                good.sendall(EVENT)
                assert b" 200 " in good.recv(1000)
                try:
                    slow.sendall(b"x")
                    ended = slow.recv(1) == b""
                except TimeoutError:
                    continue
                except OSError:
                    ended = True
            assert ended
            assert time.monotonic() - started >= 0.3
