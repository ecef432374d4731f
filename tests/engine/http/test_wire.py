"""Answers made by hand: statuses, waits, slow answers and headers, each with the error that says what to do."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count

import httpx
import pytest

from fieldhouse.sources.engine.errors import FixSettings, TryLater
from fieldhouse.sources.engine.http.auth import Header
from tests.support.http_clients import GET, Sleeps, asked, transport_to
from tests.support.wire import answering, head_of, listening, message


@pytest.mark.parametrize(
    "status", [500, 501, 505, 507, 508, 509, 511, 525, 526, 527, 528, 529, 530, 598, 599]
)
def test_every_server_error_is_tried_again_and_ends_with_exit_3(status: int, sleeps: Sleeps) -> None:
    error, requests = asked(sleeps, message(b"", f"{status} X"))
    assert isinstance(error, TryLater)
    assert (requests, len(sleeps)) == (6, 5)
    assert f"HTTP {status}" in str(error)
    assert error.do == "Run the sync again."


def test_a_server_error_that_heals_costs_nothing_but_time(sleeps: Sleeps) -> None:
    assert asked(sleeps, message(b"", "599 X"), message(b"[1]")) == ([1], 2)


@pytest.mark.parametrize("status", [304, 305])
def test_a_status_that_redirects_nowhere_is_no_redirect(status: int, sleeps: Sleeps) -> None:
    error, requests = asked(sleeps, f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n".encode())
    assert isinstance(error, FixSettings)
    assert requests == 1
    assert f"HTTP {status}" in str(error)
    assert "redirect" not in str(error)


def test_300_without_a_location_is_no_redirect(sleeps: Sleeps) -> None:
    error, _ = asked(sleeps, message(b"", "300 X"))
    assert isinstance(error, FixSettings)
    assert "redirect" not in str(error)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_credentials_never_follow_a_redirect(status: int, sleeps: Sleeps) -> None:
    with answering(message(b"[9]")) as (elsewhere, heads):
        target = f"http://user:word@127.0.0.1:{elsewhere}/x?key=1"
        error, requests = asked(sleeps, message(b"", f"{status} X", f"Location: {target}"))
    assert isinstance(error, FixSettings)
    assert (requests, heads) == (1, [])
    assert f"redirects to 127.0.0.1:{elsewhere}" in str(error)
    assert "word" not in str(error)


@pytest.mark.parametrize(
    "value",
    [
        *("inf", "-inf", "1e400", "nan", "0", "-5", "soon", "1 second", "1, 1", "0x10"),
        *("Fri, 31 Dec 9999 23:59:59 -0100", "Mon, 01 Jan 0001 00:00:00 GMT"),
        *("Tue, 31 Feb 2026 25:61:00 GMT", "Mon, 02 Nov 2026 11:00:00 GMT"),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_that_is_no_time_or_none_backs_off_as_without_it(
    value: str, status: int, sleeps: Sleeps
) -> None:
    error, requests = asked(sleeps, message(b"", f"{status} X", f"Retry-After: {value}"))
    assert isinstance(error, TryLater)
    assert requests == 6
    assert 7 <= sum(sleeps) <= 16
    assert all(slept >= 0.25 * 2**attempt for attempt, slept in enumerate(sleeps))


@pytest.mark.parametrize(
    "value", ["7", "7.0", "Mon, 02 Nov 2026 12:00:07 GMT", "Monday, 02-Nov-26 12:00:07 GMT"]
)
def test_a_wait_is_a_minimum_of_the_backoff(value: str, sleeps: Sleeps) -> None:
    asked(sleeps, message(b"", "429 X", f"Retry-After: {value}"))
    assert sleeps[:4] == [7.0] * 4
    assert sleeps[4] >= 7.0


@pytest.mark.parametrize(
    "value", ["", "soon", "Fri, 31 Dec 9999 23:59:59 -0100", "Mon, 99 Foo 2026", "0", "12:00", "\xff"]
)
def test_a_date_header_that_is_no_date_is_no_clock(value: str, sleeps: Sleeps) -> None:
    transport = transport_to(
        "https://api.example.com",
        sleeps,
        wire=httpx.MockTransport(
            lambda request: httpx.Response(200, headers=[(b"Date", value.encode("latin-1"))], content=b"[]")
        ),
    )
    transport.send(GET)
    assert transport.date is None


def ticking(step: float) -> Callable[[], float]:
    """A clock that goes on by ``step`` seconds each time somebody looks at it."""
    ticks = count()
    return lambda: next(ticks) * step


def dripping(pieces: Iterator[bytes]) -> Callable[[socket.socket], None]:
    def serve(connection: socket.socket) -> None:
        head_of(connection)
        for piece in pieces:
            connection.sendall(piece)

    return serve


@pytest.mark.parametrize(
    "start",
    [b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-Slow: "],
    ids=["body", "head"],
)
def test_an_answer_that_drips_is_given_up(start: bytes, sleeps: Sleeps) -> None:
    """By a clock that goes on by five seconds for each piece: the wait of this test is none."""
    endless = (b" " if place else start for place in count())
    with listening(dripping(endless)) as port:
        transport = transport_to(f"http://127.0.0.1:{port}", sleeps, monotonic=ticking(40.0))
        with (
            closing(transport),
            pytest.raises(TryLater, match=r"127\.0\.0\.1:.* (seconds|per second)") as error,
        ):
            transport.send(GET)
    assert sleeps == []
    assert error.value.do == "Run the sync again."


def test_a_large_answer_at_a_fair_rate_passes(sleeps: Sleeps) -> None:
    body = b"[" + b" " * 3_000_000 + b"]"
    with answering(message(body)) as (port, _):
        transport = transport_to(f"http://127.0.0.1:{port}", sleeps, monotonic=ticking(1.0))
        with closing(transport):
            assert transport.send(GET).body == body


@pytest.mark.parametrize("value", ["kéy-1", "“key-1”", "key-1\r", "key\n1", "key\x00"])
def test_a_credential_that_no_header_can_hold_is_refused_without_its_value(value: str) -> None:
    with pytest.raises(FixSettings, match="header X-Key") as error:
        Header("X-Key", value)
    assert "key-1" not in str(error.value).lower().replace("x-key", "")
