"""TLS: certificates that are not trusted or cannot be read, each with the error that says what to do."""

from __future__ import annotations

import socket
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from fieldhouse.sources.engine.errors import FixSettings
from fieldhouse.sources.engine.http.certificates import trusted_certificates
from tests.support.certificates import make_dated_certificate
from tests.support.http_clients import GET, Sleeps, transport_to
from tests.support.wire import answering, listening, make_certificate, message, tls_in_front_of


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
