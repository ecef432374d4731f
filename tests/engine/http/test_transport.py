"""The wire: what is tried again, for how long, and what is never followed. Time and wire are arguments."""

from __future__ import annotations

import gzip
import socket
import threading
import zlib
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import httpx
import pytest

from fieldhouse.sources.engine.errors import (
    Denied,
    FixSettings,
    NotFound,
    TryLater,
    Unauthorized,
    VendorChanged,
)
from fieldhouse.sources.engine.http.auth import Header, Login, Query, basic
from fieldhouse.sources.engine.http.client import Api, Client
from fieldhouse.sources.engine.http.concurrency import ConcurrencyLimiter
from fieldhouse.sources.engine.http.connection import Deadline
from fieldhouse.sources.engine.http.messages import HttpRequest
from fieldhouse.sources.engine.http.pagination import Request
from fieldhouse.sources.engine.http.rate_limit import RateLimiter
from fieldhouse.sources.engine.http.transport import Transport

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
Handler = Callable[[httpx.Request], httpx.Response]


class Sleeps(list[float]):
    """Remembers what was slept instead of sleeping."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def transport(handler: Handler, sleeps: Sleeps | None = None, **options: int) -> Transport:
    return Transport(
        "https://api.example.com/v1",
        gate=ConcurrencyLimiter(2, 4),
        wire=httpx.MockTransport(handler),
        clock=NOW.timestamp,
        sleep=sleeps if sleeps is not None else Sleeps(),
        **options,
    )


def answers(*replies: httpx.Response | Exception) -> Handler:
    """Gives these in turn, the last one for ever."""
    waiting = list(replies)

    def handle(request: httpx.Request) -> httpx.Response:
        reply = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if isinstance(reply, Exception):
            raise reply
        return httpx.Response(reply.status_code, headers=reply.headers, content=reply.content)

    return handle


GET = HttpRequest("GET", "/things", (("page", "1"),))
GOOD = httpx.Response(200, json=[1])


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_may_heal_is_tried_again(status: int) -> None:
    sleeps = Sleeps()
    assert transport(answers(httpx.Response(status), GOOD), sleeps).send(GET).body == b"[1]"
    assert len(sleeps) == 1


@pytest.mark.parametrize(
    "error",
    [httpx.ReadTimeout("late"), httpx.ReadError("reset"), httpx.RemoteProtocolError("cut")],
    ids=lambda error: type(error).__name__,
)
def test_a_broken_line_is_tried_again(error: Exception) -> None:
    assert transport(answers(error, GOOD)).send(GET).status == 200


def test_what_does_not_heal_ends_with_exit_3() -> None:
    sleeps = Sleeps()
    with pytest.raises(TryLater, match="HTTP 503 after 6 attempts") as late:
        transport(answers(httpx.Response(503)), sleeps).send(GET)
    assert late.value.exit_code == 3
    assert len(sleeps) == 5
    assert all(before <= after * 2 for before, after in pairwise(sleeps))


@pytest.mark.parametrize(
    ("value", "slept"),
    [
        ("7", 7.0),
        (format_datetime(NOW + timedelta(seconds=9), usegmt=True), 9.0),
    ],
)
def test_retry_after_is_honoured_as_seconds_and_as_a_date(value: str, slept: float) -> None:
    sleeps = Sleeps()
    transport(answers(httpx.Response(429, headers={"Retry-After": value}), GOOD), sleeps).send(GET)
    assert sleeps == [slept]


def test_a_retry_after_that_is_no_time_falls_back_to_backing_off() -> None:
    sleeps = Sleeps()
    transport(answers(httpx.Response(429, headers={"Retry-After": "soon"}), GOOD), sleeps).send(GET)
    assert 0.2 <= sleeps[0] <= 0.5


def test_a_day_of_waiting_ends_the_run_and_says_when_to_come_back() -> None:
    sleeps = Sleeps()
    with pytest.raises(TryLater, match="86400 seconds") as late:
        transport(answers(httpx.Response(429, headers={"Retry-After": "86400"})), sleeps).send(GET)
    assert late.value.after == 86400
    assert "1440 minutes" in late.value.do
    assert sleeps == []


def test_too_many_requests_slow_the_gate() -> None:
    line = transport(answers(httpx.Response(429), GOOD))
    line.concurrency.limit = 4.0
    line.send(GET)
    assert line.concurrency.limit < 3


def test_a_grant_is_taken_for_a_request_and_not_for_the_tunnel_of_a_proxy() -> None:
    granted: list[str] = []
    deadline = Deadline(lambda: 0.0)
    deadline.begin(lambda: granted.append("request"))
    deadline.send(b"CONNECT api.example.com:443 HTTP/1.1\r\n\r\n")
    assert granted == []
    deadline.send(b"POST /things HTTP/1.1\r\n\r\n")
    deadline.send(b"body")
    assert granted == ["request"]


def test_a_paced_request_waits_for_its_grant_with_the_connection_open() -> None:
    """A grant taken before the handshake would be used after it, in a bunch with those that came meanwhile."""
    seen: list[bytes] = []
    connected = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        class Granting(RateLimiter):
            def __init__(self) -> None:
                self.waits = 0

            def wait(self) -> None:
                assert connected.wait(5)
                assert seen == []
                self.waits += 1

        def serve() -> None:
            line, _ = server.accept()
            connected.set()
            with line:
                seen.append(line.recv(65536))
                line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n[1]")

        thread = threading.Thread(target=serve)
        thread.start()
        governor = Granting()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        with closing(Transport(url, gate=ConcurrencyLimiter(1, 1), governor=governor)) as wire:
            counts: list[None] = []
            assert wire.send(GET, lambda: counts.append(None)).body == b"[1]"
        thread.join()
    assert (governor.waits, len(counts), wire.sent) == (1, 1, 1)
    assert seen[0].startswith(b"GET /things?page=1 HTTP/1.1")


def test_a_host_that_never_answered_is_given_up_for_all() -> None:
    calls = []

    def refuse(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        raise httpx.ConnectError("refused")

    line = transport(refuse)
    for _ in range(3):
        with pytest.raises(TryLater, match=r"api\.example\.com could not be reached"):
            line.send(GET)
    assert len(calls) == 2


def test_credentials_never_follow_a_redirect() -> None:
    calls = []

    def redirect(request: httpx.Request) -> httpx.Response:
        calls.append(request.url.host)
        return httpx.Response(302, headers={"Location": "https://elsewhere.example.net/login?key=abc"})

    with pytest.raises(FixSettings, match=r"redirects to elsewhere\.example\.net") as refused:
        transport(redirect).send(GET)
    assert calls == ["api.example.com"]
    assert "abc" not in str(refused.value)


def test_a_gzip_bomb_stops_at_the_limit() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    reply = httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(bomb))

    def send_bomb(request: httpx.Request) -> httpx.Response:
        return reply

    with pytest.raises(VendorChanged, match="more than 1,000,000 bytes"):
        transport(send_bomb, max_bytes=1_000_000).send(GET)


def test_a_compressed_body_that_is_cut_off_is_tried_again() -> None:
    complete = gzip.compress(b"[1, 2]")
    bodies = [complete[:-6], complete]

    def cut(request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(bodies.pop(0))
        )

    assert transport(cut).send(GET).body == b"[1, 2]"


def test_deflate_is_inflated() -> None:
    def deflated(request: httpx.Request) -> httpx.Response:
        body = httpx.ByteStream(zlib.compress(b"[3]"))
        return httpx.Response(200, headers={"Content-Encoding": "deflate"}, stream=body)

    assert transport(deflated).send(GET).body == b"[3]"


# --- the client: signing, renewing, judging ---------------------------------------------------------------------


def client(handler: Handler, auth: object = None) -> Client:
    api = Api(
        base_url="https://api.example.com/v1",
        auth=auth or Header("X-Key", "hidden"),  # type: ignore[arg-type]
        encode=lambda ask: HttpRequest("GET", f"/{ask.path}"),
        decode=lambda response, ask: httpx.Response(200, content=response.body).json(),
        allowed=lambda ask: ask.path != "delete",
        credentials="api_key",
    )
    return Client(api, transport(handler))


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [(401, Unauthorized, 2), (402, Denied, 2), (403, Denied, 2), (404, NotFound, 2), (422, VendorChanged, 4)],
)
def test_a_status_means_what_to_do_next(status: int, error: type[Exception], code: int) -> None:
    with pytest.raises(error) as raised:
        client(answers(httpx.Response(status))).get(Request("things"))
    assert raised.value.exit_code == code  # type: ignore[attr-defined]
    assert raised.value.do  # type: ignore[attr-defined]


def test_a_web_page_is_never_data() -> None:
    for headers in ({"Content-Type": "text/html"}, {}):
        page = httpx.Response(
            200, headers=headers, content=b"\xef\xbb\xbf <!DOCTYPE html><html>Sign in</html>"
        )
        with pytest.raises(VendorChanged, match="web page"):
            client(answers(page)).get(Request("things"))


def test_only_declared_reads_are_sent() -> None:
    calls: list[httpx.Request] = []

    def count(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        return GOOD

    with pytest.raises(Exception, match="not among the reads"):
        client(count).get(Request("delete"))
    assert calls == []


def test_a_refused_key_is_tried_once_in_a_run() -> None:
    calls: list[httpx.Request] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        return httpx.Response(401)

    one = client(refuse)
    for _ in range(5):
        with pytest.raises(Unauthorized):
            one.get(Request("things"))
    assert len(calls) == 1


def test_one_login_answers_for_a_session_that_expired() -> None:
    logins: list[str] = []
    good = {"session-1"}

    def login(send: object) -> str:
        logins.append("in")
        return f"session-{len(logins)}"

    def check(request: httpx.Request) -> httpx.Response:
        if request.headers["x-session"] not in good:
            return httpx.Response(401)
        return GOOD

    one = client(check, Login(login, lambda request, key: request.with_header("X-Session", key)))
    assert one.get(Request("things")) == [1]
    good.clear()
    good.add("session-2")
    assert one.get(Request("things")) == [1]
    assert len(logins) == 2


def test_keys_go_where_the_vendor_wants_them() -> None:
    signed = Query("key", "k1").sign(GET, lambda request: None)  # type: ignore[arg-type, return-value]
    assert signed.params == (("page", "1"), ("key", "k1"))
    header = basic("user", "pass").sign(GET, lambda request: None)  # type: ignore[arg-type, return-value]
    assert header.headers["Authorization"] == "Basic dXNlcjpwYXNz"
