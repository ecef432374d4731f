"""Proxies: named in every usual form, refused by name in others, and never shown a credential of the vendor."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from fieldhouse.sources import VENDORS
from fieldhouse.sources.engine.errors import FixSettings, TryLater
from fieldhouse.sources.engine.http.concurrency import ConcurrencyLimiter
from fieldhouse.sources.engine.http.messages import HttpRequest
from fieldhouse.sources.engine.http.proxies import proxy_for
from fieldhouse.sources.engine.http.transport import Transport
from fieldhouse.sources.sandbox.sandbox import Sandbox
from fieldhouse.sources.sandbox.server import serve
from tests.support.reader_harness import ReadResult, read
from tests.support.secret_canaries import SANDBOX_OF, TABLES, hits, secrets
from tests.support.wire import (
    answering,
    listening,
    make_certificate,
    message,
    recording_proxy,
    tls_in_front_of,
)

HTTPS, HTTP = "https://api.example.com/v1", "http://api.example.com:8080/v1"
VARIABLES = [
    name for stem in ("http", "https", "all", "no") for name in (f"{stem}_proxy", f"{stem}_PROXY".upper())
]


@pytest.fixture(autouse=True)
def no_proxy_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


# --- names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize(
    ("value", "url", "host"),
    [
        ("http://127.0.0.1:3128", "http://127.0.0.1:3128", "127.0.0.1:3128"),
        ("127.0.0.1:3128", "http://127.0.0.1:3128", "127.0.0.1:3128"),
        ("proxy.local", "http://proxy.local", "proxy.local:80"),
        (" http://user:p%40ss@proxy.local:80/\r", "http://user:p%40ss@proxy.local:80/", "proxy.local:80"),
        ("https://proxy.local", "https://proxy.local", "proxy.local:443"),
        ("http://[::1]:3128", "http://[::1]:3128", "[::1]:3128"),
    ],
)
def test_a_proxy_is_named_in_every_usual_form(
    variable: str, value: str, url: str, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    proxy = proxy_for(HTTPS)
    assert proxy is not None
    assert (proxy.url, proxy.host) == (url, host)
    assert "p%40ss" not in proxy.host


def test_the_variable_of_the_scheme_wins_and_lower_case_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://every:1")
    monkeypatch.setenv("HTTP_PROXY", "http://upper:2")
    monkeypatch.setenv("http_proxy", "http://lower:3")
    chosen = {url: (proxy.variable, proxy.host) for url in (HTTP, HTTPS) if (proxy := proxy_for(url))}
    assert chosen == {HTTP: ("HTTP_PROXY", "lower:3"), HTTPS: ("ALL_PROXY", "every:1")}


@pytest.mark.parametrize(
    "value",
    ["socks5://127.0.0.1:1080", "socks5h://u:secret-word@h:1", "socks4://h", "ftp://h", "pac+http://h"],
)
def test_a_kind_of_proxy_that_is_not_supported_is_refused_by_name(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", value)
    with pytest.raises(FixSettings, match="ALL_PROXY: a proxy of the kind") as error:
        proxy_for(HTTPS)
    assert repr(value.partition(":")[0]) in str(error.value)
    assert "secret-word" not in str(error.value)


@pytest.mark.parametrize(
    "value", ["http://", "http://h:port", "http://a b:1", "http://h:99999", "http://prøxy:1"]
)
def test_a_value_that_is_no_address_is_refused_before_the_first_request(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    with pytest.raises(FixSettings, match="HTTPS_PROXY: it is no address") as error:
        Transport(HTTPS, gate=ConcurrencyLimiter(1, 1))
    assert "http://proxy.example.com:3128" in str(error.value)


@pytest.mark.parametrize(
    ("exceptions", "direct"),
    [
        ("*", True),
        ("api.example.com", True),
        ("example.com", True),
        (".example.com", True),
        ("*.example.com", True),
        ("localhost, api.example.com:443", True),
        ("api.example.com:8443", False),
        ("ample.com", False),
        ("other.com,,", False),
        ("", False),
    ],
)
@pytest.mark.parametrize("variable", ["NO_PROXY", "no_proxy"])
def test_exceptions_go_directly(
    exceptions: str, direct: bool, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.local:3128")
    monkeypatch.setenv(variable, exceptions)
    assert (proxy_for(HTTPS) is None) is direct


@pytest.mark.parametrize(
    ("exceptions", "direct"),
    [
        ("10.0.0.0/8", True),
        ("10.1.2.3", True),
        ("10.1.2.3:443", True),
        ("10.1.2.0/30", True),
        ("192.168.0.0/16", False),
    ],
)
def test_exceptions_may_be_addresses_and_networks(
    exceptions: str, direct: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.local:3128")
    monkeypatch.setenv("NO_PROXY", exceptions)
    assert (proxy_for("https://10.1.2.3/v1") is None) is direct


# --- on the wire ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("tls"))


def rows_of(sandbox: Sandbox, url: str) -> ReadResult:
    vendor = VENDORS[sandbox.name]
    return read(vendor, sandbox.settings(url), *TABLES[sandbox.name])


def vendor_secrets(sandbox: Sandbox, url: str) -> list[str]:
    settings = sandbox.settings(url)
    names = [value for name, value in settings.items() if name in ("access_key_id", "user_id", "app_id")]
    return [*secrets(settings), *names]


@pytest.mark.parametrize("way", SANDBOX_OF)
def test_behind_a_proxy_every_vendor_is_read_and_the_proxy_sees_its_host_and_no_more(
    way: str, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    sandbox = SANDBOX_OF[way]()
    with ExitStack() as stack:
        port = int(stack.enter_context(serve(sandbox))[sandbox.name].rpartition(":")[2])
        front = stack.enter_context(tls_in_front_of(port, *certificate))
        proxy_port, proxy = stack.enter_context(recording_proxy())
        url = f"https://localhost:{front}"
        direct = rows_of(sandbox, url)
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy_port}")
        through = rows_of(sandbox, url)
    assert through.errors == direct.errors == {}
    assert through.rows == direct.rows
    assert through.rows
    assert set(proxy.lines) == {f"CONNECT localhost:{front} HTTP/1.1"}
    for secret in vendor_secrets(sandbox, url):
        assert hits(secret, {"the proxy": bytes(proxy.received)}) == []
    for word in (b"key=", b"signature", b"sessionKey", b"Authorization", b"token", b"Cookie"):
        assert word not in proxy.received


@pytest.mark.parametrize("way", ["bossdesk", "notific", "servicesidekick", "shiftboard", "servicebridge"])
def test_a_plain_request_goes_to_a_proxy_in_absolute_form(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = SANDBOX_OF[way]()
    with ExitStack() as stack:
        url = stack.enter_context(serve(sandbox))[sandbox.name]
        direct = rows_of(sandbox, url)
        proxy_port, proxy = stack.enter_context(recording_proxy())
        monkeypatch.setenv("HTTP_PROXY", f"127.0.0.1:{proxy_port}")
        monkeypatch.setenv("NO_PROXY", "")
        through = rows_of(sandbox, url)
    assert through.errors == direct.errors == {}
    assert through.rows == direct.rows
    assert all(line.split()[1].startswith(f"{url}/") for line in proxy.lines)


def exchange(url: str, **options: int) -> bytes:
    transport = Transport(
        url, gate=ConcurrencyLimiter(1, 1), attempts=2, sleep=lambda seconds: None, **options
    )
    with closing(transport):
        return transport.send(HttpRequest("GET", "/things", (("key", "SECRET-KEY"),))).body


@pytest.mark.parametrize(
    ("scheme", "status", "error", "text"),
    [
        ("https", "407 Proxy Authentication Required", FixSettings, "asks for a user and a password"),
        ("http", "407 Proxy Authentication Required", FixSettings, "asks for a user and a password"),
        ("https", "403 Forbidden", FixSettings, "NO_PROXY"),
        ("https", "502 Bad Gateway", TryLater, "HTTP 502"),
    ],
)
def test_a_proxy_that_refuses_is_named_with_what_to_do(
    scheme: str, status: str, error: type[Exception], text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with recording_proxy(message(b"", status)) as (port, proxy):
        monkeypatch.setenv(f"{scheme.upper()}_PROXY", f"http://me:pass-word@127.0.0.1:{port}")
        with pytest.raises(error, match=text) as raised:
            exchange(f"{scheme}://vendor.invalid")
    assert "SECRET-KEY" not in str(raised.value)
    assert "pass-word" not in str(raised.value)
    assert f"127.0.0.1:{port}" in str(raised.value)
    assert len(proxy.heads) == (2 if error is TryLater else 1)
    assert b"Proxy-Authorization: Basic bWU6cGFzcy13b3Jk" in proxy.heads[0]


def test_a_proxy_that_is_down_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
    with pytest.raises(
        TryLater, match=rf"vendor.invalid could not be reached through the proxy 127.0.0.1:{port}"
    ):
        exchange("https://vendor.invalid")


def test_a_handshake_that_fails_with_the_proxy_names_the_proxy(
    certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as stack:
        plain = stack.enter_context(listening(lambda opened: opened.sendall(message(b"", "400 Bad Request"))))
        behind, proxy = stack.enter_context(recording_proxy())
        front = stack.enter_context(tls_in_front_of(behind, *certificate))
        for port, text, do in (
            (front, "is not trusted: its authority is unknown", "correct HTTPS_PROXY"),
            (plain, "cannot be reached by TLS", "whether the proxy expects http://"),
        ):
            monkeypatch.setenv("HTTPS_PROXY", f"https://me:pass-word@localhost:{port}")
            with pytest.raises(
                FixSettings, match=rf"the proxy localhost:{port} \(HTTPS_PROXY\) {text}"
            ) as raised:
                exchange("https://vendor.invalid")
            assert do in raised.value.do
            assert "pass-word" not in f"{raised.value} {raised.value.do}"
    assert proxy.lines == []


def test_a_handshake_that_fails_behind_a_proxy_with_tls_names_the_vendor(
    certificate: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as stack:
        vendor = stack.enter_context(tls_in_front_of(9, *make_certificate(tmp_path)))
        behind, proxy = stack.enter_context(recording_proxy())
        port = stack.enter_context(tls_in_front_of(behind, *certificate))
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        monkeypatch.setenv("HTTPS_PROXY", f"https://localhost:{port}")
        with pytest.raises(FixSettings, match=f"certificate of localhost:{vendor} is not trusted"):
            exchange(f"https://localhost:{vendor}")
    assert proxy.lines == [f"CONNECT localhost:{vendor} HTTP/1.1"]


def test_each_host_of_a_vendor_is_judged_by_the_exceptions_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A token endpoint may be an exception, and the API none: one connection does not stand for the other."""
    with answering(message(b"[1]")) as (port, heads), recording_proxy(message(b"[2]")) as (proxy_port, proxy):
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy_port}")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        with closing(Transport("http://vendor.invalid", gate=ConcurrencyLimiter(1, 1))) as transport:
            assert transport.send(HttpRequest("GET", f"http://127.0.0.1:{port}/token")).body == b"[1]"
            assert transport.send(HttpRequest("GET", "/things", (("key", "k"),))).body == b"[2]"
    assert [head.split(b"\r\n")[0] for head in heads] == [b"GET /token HTTP/1.1"]
    assert proxy.lines == ["GET http://vendor.invalid/things?key=k HTTP/1.1"]


@pytest.fixture
def tinyproxy(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """The real one, with its log."""
    program = shutil.which("tinyproxy")
    if program is None:
        pytest.skip("tinyproxy is not installed")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings, log = tmp_path / "tinyproxy.conf", tmp_path / "tinyproxy.log"
    settings.write_text(f'Port {port}\nListen 127.0.0.1\nLogFile "{log}"\nLogLevel Info\nMaxClients 20\n')
    process = subprocess.Popen([program, "-d", "-c", str(settings)], stdout=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port, log
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.parametrize("way", ["notific", "shiftboard"])
def test_tinyproxy_logs_the_host_and_no_credential(
    way: str,
    tinyproxy: tuple[int, Path],
    certificate: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sandbox = SANDBOX_OF[way]()
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    with serve(sandbox) as urls:
        port = int(urls[sandbox.name].rpartition(":")[2])
        with tls_in_front_of(port, *certificate) as front:
            url = f"https://localhost:{front}"
            direct = rows_of(sandbox, url)
            monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{tinyproxy[0]}")
            through = rows_of(sandbox, url)
    log = tinyproxy[1].read_bytes()
    assert through.rows == direct.rows
    assert f"CONNECT localhost:{front}".encode() in log
    for secret in vendor_secrets(sandbox, url):
        assert hits(secret, {"the log": log}) == []
