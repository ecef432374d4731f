"""Content codings: bodies that are packed, cut off or too large, each with the error that says what to do."""

from __future__ import annotations

import gzip
import socket
import zlib
from contextlib import closing

import pytest

from fieldhouse.sources.engine.errors import Denied, NotFound, TryLater, Unauthorized, VendorChanged
from fieldhouse.sources.engine.http.content_coding import body_of
from fieldhouse.sources.engine.http.pagination import Request
from tests.support.http_clients import GET, Sleeps, asked, client_to, transport_to
from tests.support.wire import answering, head_of, listening, message

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
