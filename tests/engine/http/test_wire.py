"""The wire by hand: TLS, codings, statuses, waits and slow answers, each with the error that says what to do."""

from __future__ import annotations

import gzip
import socket
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import httpx
import pytest

from fieldhouse.sources.engine.errors import (
    Denied,
    FixSettings,
    NotFound,
    SourceError,
    TryLater,
    Unauthorized,
    VendorChanged,
)
from fieldhouse.sources.engine.http.auth import Header
from fieldhouse.sources.engine.http.certificates import trusted_certificates
from fieldhouse.sources.engine.http.client import Api, Client
from fieldhouse.sources.engine.http.concurrency import ConcurrencyLimiter
from fieldhouse.sources.engine.http.content_coding import body_of
from fieldhouse.sources.engine.http.json_body import parse_json
from fieldhouse.sources.engine.http.messages import HttpRequest
from fieldhouse.sources.engine.http.pagination import Request
from fieldhouse.sources.engine.http.transport import Transport
from tests.support.certificates import make_dated_certificate
from tests.support.wire import answering, head_of, listening, make_certificate, message, tls_in_front_of

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
GET = HttpRequest("GET", "/things")


class Sleeps(list[float]):
    """Remembers what was slept instead of sleeping."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def sleeps() -> Sleeps:
    return Sleeps()


def transport_to(url: str, sleeps: Sleeps, **options: object) -> Transport:
    gate = ConcurrencyLimiter(1, 1)
    return Transport(url, gate=gate, sleep=sleeps, clock=NOW.timestamp, **options)  # type: ignore[arg-type]


def client_to(port: int, sleeps: Sleeps) -> Client:
    api = Api(
        base_url=f"http://127.0.0.1:{port}",
        auth=Header("X-Key", "hidden-key"),
        encode=lambda request: HttpRequest("GET", f"/{request.path}"),
        decode=lambda response, request: parse_json(response.body),
        credentials="api_key",
    )
    return Client(api, transport_to(api.base_url, sleeps))


def asked(sleeps: Sleeps, *answers: bytes) -> tuple[object, int]:
    """What a client makes of these answers, an error included, and the requests that it sent."""
    with answering(*answers) as (port, heads):
        client = client_to(port, sleeps)
        with closing(client.transport):
            try:
                result: object = client.get(Request("things"))
            except SourceError as error:
                result = error
        return result, len(heads)


# --- statuses -------------------------------------------------------------------------------------------------------


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


# --- codings --------------------------------------------------------------------------------------------------------

ROWS = b'[{"id": 1}]'


def zipped(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", zipped(ROWS)),
        ("GZIP", zipped(ROWS)),
        ("x-gzip", zipped(ROWS)),
        ("gzip", zipped(ROWS[:4]) + zipped(ROWS[4:])),
        ("gzip", zipped(ROWS) + b"\x00" * 20),
        ("deflate", zlib.compress(ROWS)),
        ("deflate", raw_deflate(ROWS)),
        ("deflate, gzip", zipped(zlib.compress(ROWS))),
        ("identity", ROWS),
        ("gzip, identity", zipped(ROWS)),
        ("", ROWS),
    ],
)
def test_codings_are_taken_off_in_every_form(coding: str, body: bytes, sleeps: Sleeps) -> None:
    assert asked(sleeps, message(body, "200 OK", f"Content-Encoding: {coding}")) == ([{"id": 1}], 1)


@pytest.mark.parametrize(
    ("coding", "body"),
    [("gzip", ROWS), ("deflate", ROWS), ("br", b"\x0b\x02\x80"), ("zstd", ROWS), ("gzip, br", ROWS)],
)
def test_a_coding_that_no_repetition_heals_is_refused_by_name(
    coding: str, body: bytes, sleeps: Sleeps
) -> None:
    error, requests = asked(sleeps, message(body, "200 OK", f"Content-Encoding: {coding}"))
    assert isinstance(error, VendorChanged)
    assert requests == 1
    assert f"Content-Encoding: {coding.split(', ')[-1]}" in str(error)


@pytest.mark.parametrize("body", [b"", zipped(ROWS)[:-9], zipped(b"x" * 50_000)[:40]])
def test_a_compressed_body_that_is_cut_off_is_tried_again(body: bytes, sleeps: Sleeps) -> None:
    cut, good = (message(data, "200 OK", "Content-Encoding: gzip") for data in (body, zipped(ROWS)))
    assert asked(sleeps, cut, good) == ([{"id": 1}], 2)
    error, requests = asked(sleeps, cut)
    assert isinstance(error, TryLater)
    assert requests == 6


@pytest.mark.parametrize("coding", ["gzip", "deflate", ""])
def test_an_answer_that_is_shorter_than_its_length_is_tried_again(coding: str, sleeps: Sleeps) -> None:
    """Also where what came can be inflated to its end: another member of the body may be missing."""
    body = {"gzip": zipped, "deflate": zlib.compress, "": bytes}[coding](ROWS)
    good = message(body, "200 OK", f"Content-Encoding: {coding}")
    heads = []

    def serve(connection: socket.socket) -> None:
        heads.append(head_of(connection))
        connection.sendall(good.replace(f"Length: {len(body)}".encode(), f"Length: {len(body) + 1}".encode()))

    with listening(serve) as port:
        client = client_to(port, sleeps)
        with closing(client.transport), pytest.raises(TryLater):
            client.get(Request("things"))
    assert len(heads) == 6


@pytest.mark.parametrize("size", [1, 7, 24, 25, 26, 1000])
def test_members_of_a_body_may_begin_in_any_piece(size: int) -> None:
    data = zipped(ROWS[:4]) + zipped(b"") + zipped(ROWS[4:]) + b"\x00" * 20
    pieces = (data[at : at + size] for at in range(0, len(data), size))
    assert body_of(pieces, 200, {"content-encoding": "gzip"}, host="h", max_bytes=1000) == ROWS


@pytest.mark.parametrize(
    ("status", "error"), [(401, Unauthorized), (403, Denied), (404, NotFound), (410, NotFound)]
)
@pytest.mark.parametrize("body", [b"", b"no gzip at all", zipped(b"{}")])
def test_a_refusal_is_a_fact_whatever_its_body(
    status: int, error: type[Exception], body: bytes, sleeps: Sleeps
) -> None:
    actual, requests = asked(sleeps, message(body, f"{status} X", "Content-Encoding: gzip"))
    assert isinstance(actual, error)
    assert requests == 1


def test_a_message_about_size_names_settings_that_exist(sleeps: Sleeps) -> None:
    from fieldhouse.sources.engine.spec.account_settings import AccountSettings

    with answering(message(b"[" + b"1," * 500 + b"1]")) as (port, _):
        transport = transport_to(f"http://127.0.0.1:{port}", sleeps, max_bytes=1000)
        with closing(transport), pytest.raises(VendorChanged, match="more than 1,000 bytes") as error:
            transport.send(GET)
    named = {word for word in error.value.do.split("'") if word.replace("_", "").isalpha() and "_" in word}
    assert named <= set(AccountSettings.model_fields)
    assert "max_bytes" not in str(error.value)


# --- waits ----------------------------------------------------------------------------------------------------------


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


# --- slow answers ---------------------------------------------------------------------------------------------------


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


# --- TLS ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("tls"))


def test_a_certificate_of_an_unknown_authority_is_named(
    authority: tuple[Path, Path], sleeps: Sleeps, monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering(message(b"[1]")) as (port, heads), tls_in_front_of(port, *authority) as front:
        transport = transport_to(f"https://localhost:{front}", sleeps)
        trusted = rf"certificate of localhost:{front} .*authority"
        with closing(transport), pytest.raises(FixSettings, match=trusted) as error:
            transport.send(GET)
        assert "SSL_CERT_FILE" in error.value.do
        assert (sleeps, heads) == ([], [])
        monkeypatch.setenv("SSL_CERT_FILE", str(authority[0]))
        with closing(transport_to(f"https://localhost:{front}", sleeps)) as transport:
            assert transport.send(GET).body == b"[1]"
        transport = transport_to(f"https://127.0.0.1:{front}", sleeps)
        with closing(transport), pytest.raises(FixSettings, match="it is for another name"):
            transport.send(GET)


@pytest.mark.parametrize(
    ("start", "end", "why"),
    [(2020, 2021, "it has expired"), (2090, 2091, "it is not valid yet")],
)
def test_a_certificate_of_another_time_speaks_of_the_clock(
    start: int, end: int, why: str, tmp_path: Path, sleeps: Sleeps, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = make_dated_certificate(tmp_path, datetime(start, 1, 1), datetime(end, 1, 1))
    monkeypatch.setenv("SSL_CERT_FILE", str(pair[0]))
    with answering(message(b"[1]")) as (port, heads), tls_in_front_of(port, *pair) as front:
        transport = transport_to(f"https://localhost:{front}", sleeps)
        with closing(transport), pytest.raises(FixSettings, match=f"is not trusted: {why}") as error:
            transport.send(GET)
    assert "clock of this machine" in error.value.do
    assert (sleeps, heads) == ([], [])


def test_a_server_without_tls_is_no_network_fault(sleeps: Sleeps) -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(message(b"", "400 Bad Request"))

    with listening(serve) as port:
        transport = transport_to(f"https://127.0.0.1:{port}", sleeps)
        with closing(transport), pytest.raises(FixSettings, match="cannot be reached by TLS"):
            transport.send(GET)


def test_one_context_serves_every_account_until_the_certificates_change(
    authority: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Making a context costs as much as a dozen requests."""
    file = tmp_path / "authorities.pem"
    file.write_bytes(authority[0].read_bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    first = trusted_certificates()
    assert trusted_certificates() is first
    file.write_bytes(authority[0].read_bytes() * 2)
    assert trusted_certificates() is not first


def test_certificates_that_cannot_be_read_are_refused_before_the_first_request(
    tmp_path: Path, sleeps: Sleeps, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "empty.pem"
    empty.touch()
    for path in (tmp_path / "missing.pem", empty, tmp_path):
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
        with pytest.raises(FixSettings, match="SSL_CERT_FILE") as error:
            transport_to("https://api.example.com", sleeps)
        assert str(path) in str(error.value)
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "missing"))
    with pytest.raises(FixSettings, match="SSL_CERT_DIR"):
        transport_to("https://api.example.com", sleeps)


@pytest.mark.parametrize("value", ["kéy-1", "“key-1”", "key-1\r", "key\n1", "key\x00"])
def test_a_credential_that_no_header_can_hold_is_refused_without_its_value(value: str) -> None:
    with pytest.raises(FixSettings, match="header X-Key") as error:
        Header("X-Key", value)
    assert "key-1" not in str(error.value).lower().replace("x-key", "")
