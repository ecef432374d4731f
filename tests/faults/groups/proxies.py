"""Group E, first half: proxies that forward, refuse, break or are misspelt, for http and https addresses."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import product
from pathlib import Path

from fieldhouse.pipelines.sync.report import Report
from tests.faults.case import Case, Skipped
from tests.faults.fault_bench import FaultBench, describe_report
from tests.faults.fault_benches import FaultBenches
from tests.faults.groups.process import known
from tests.faults.process_environment import environment_with
from tests.faults.process_pool import until
from tests.faults.small_worlds import SMALL_WORLDS
from tests.support.proxy_programs import ProxyProgram, proxy_program
from tests.support.secret_canaries import forms
from tests.support.wire import RecordingProxy, listening, make_certificate, message, tls_in_front_of

SCHEMES = ("http", "https")
PROXIES = ("recording", "asking", "tls", "tinyproxy", "squid")
_PASSWORD = "pr0xy-pass-w0rd"
_REFUSALS: dict[str, tuple[bytes, int]] = {
    "407": (message(b"", "407 Proxy Authentication Required", 'Proxy-Authenticate: Basic realm="x"'), 2),
    "403": (message(b"", "403 Forbidden"), 2),
    "502": (message(b"", "502 Bad Gateway"), 3),
    "503": (message(b"", "503 Service Unavailable"), 3),
    "504": (message(b"", "504 Gateway Timeout"), 3),
    "closes": (b"", 3),
    "no-http": (b"hello there\r\n\r\n", 3),
}
_FORMS = {
    "lower-case": {"{scheme}_proxy": "http://{host}"},
    "upper-case": {"{SCHEME}_PROXY": "http://{host}"},
    "all": {"ALL_PROXY": "http://{host}"},
    "no-scheme": {"{SCHEME}_PROXY": "{host}"},
    "blanks": {"{SCHEME}_PROXY": " http://{host}/ \r"},
    "specific-before-all": {"ALL_PROXY": "http://127.0.0.1:9", "{scheme}_proxy": "http://{host}"},
    "other-exceptions": {"ALL_PROXY": "http://{host}", "NO_PROXY": "example.com, 10.0.0.0/8,,:1"},
}
_DIRECT = {
    "exception-host": {"ALL_PROXY": "http://127.0.0.1:9", "NO_PROXY": "localhost"},
    "exception-all": {"ALL_PROXY": "http://127.0.0.1:9", "no_proxy": "*"},
    "other-scheme-only": {"{OTHER}_PROXY": "http://127.0.0.1:9"},
    "empty": {"ALL_PROXY": "", "{SCHEME}_PROXY": " "},
}
_UNUSABLE = {"socks": "socks5://127.0.0.1:1080", "no-address": "http://h:port", "ftp": "ftp://127.0.0.1:21"}


def cases(seed: int) -> Iterator[Case]:
    for vendor, scheme in product(known(SMALL_WORLDS), SCHEMES):
        name = f"{vendor}-{scheme}"
        for proxy in PROXIES:
            yield Case("E31", f"{name}-{proxy}", partial(_through, vendor, seed, scheme, proxy))
        yield Case("E31", f"{name}-first", partial(_through, vendor, seed, scheme, "recording", first=True))
        for refusal in _REFUSALS:
            yield Case("E32", f"{name}-{refusal}", partial(_refused, vendor, seed, scheme, refusal))
        yield Case("E32", f"{name}-down", partial(_down, vendor, seed, scheme))
        yield Case("E32", f"{name}-heals", partial(_heals_in_the_run, vendor, seed, scheme))
    for vendor, scheme in product(known(("bossdesk", "notific")), SCHEMES):
        for form, variables in {**_FORMS, **_DIRECT}.items():
            run = partial(_named, vendor, seed, scheme, variables, form in _FORMS)
            yield Case("E31", f"{vendor}-{scheme}-named-{form}", run)
        for form, value in _UNUSABLE.items():
            yield Case("E32", f"{vendor}-{scheme}-{form}", partial(_unusable, vendor, seed, scheme, value))


# --- what the cases share --------------------------------------------------------------------------------------------


def certificate(benches: FaultBenches) -> tuple[Path, Path]:
    """A self-signed certificate of ``localhost`` and its key, the same for all cases."""
    made: tuple[Path, Path] = benches.servers.get(
        "certificate", lambda: _certificate(benches.servers.folder())
    )
    return made


@contextmanager
def _certificate(folder: Path) -> Iterator[tuple[Path, Path]]:
    yield make_certificate(folder)


@contextmanager
def vendor_at(
    benches: FaultBenches,
    vendor: str,
    seed: int,
    scheme: str,
    *,
    first: bool = False,
    dialect: str = "duckdb",
) -> Iterator[FaultBench]:
    """A bench whose vendor is served at an http or https address of ``localhost``, with something to sync."""
    with ExitStack() as stack:
        bench = stack.enter_context(benches.bench(vendor, dialect, seed, first=first, sockets=True))
        port = int(bench.address.rpartition(":")[2])
        if scheme == "https":
            port = stack.enter_context(tls_in_front_of(port, *certificate(benches)))
        bench.address = f"{scheme}://localhost:{port}"
        if not first:
            bench.edit(6)
        yield bench


def trusting(benches: FaultBenches) -> dict[str, str]:
    return {"SSL_CERT_FILE": str(certificate(benches)[0])}


def secrets(bench: FaultBench) -> list[str]:
    """The credentials of the account; its address and the ways that it is used in are none."""
    plain = ("base_url", "auth", "api_version", "format", "token_url")
    return [value for name, value in bench.sandbox.settings(bench.address).items() if name not in plain]


def assert_no_secret(bench: FaultBench, place: bytes) -> None:
    stored = {secret for secret in secrets(bench) if any(form in place for form in forms(secret))}
    assert not stored, "a credential reached the proxy"
    for word in (b"key=", b"signature", b"sessionKey", b"\r\nAuthorization", b"token", b"Cookie"):
        assert word not in place, word


def _values(variables: dict[str, str], scheme: str, host: str = "") -> dict[str, str]:
    other = {"http": "https", "https": "http"}[scheme]
    words = {"scheme": scheme, "SCHEME": scheme.upper(), "OTHER": other.upper(), "host": host}
    return {name.format(**words): value.format(**words) for name, value in variables.items()}


# --- the cases -------------------------------------------------------------------------------------------------------


class _AskingProxy(RecordingProxy):
    """A proxy that asks for a user and a password."""

    def admits(self, head: bytes) -> bool:
        return b"\r\nProxy-Authorization: Basic bWU6cHIweHktcGFzcy13MHJk\r\n" in head


def _through(
    vendor: str, seed: int, scheme: str, proxy: str, benches: FaultBenches, *, first: bool = False
) -> None:
    """Behind the proxy all tables are equal; before a tunnel it sees the vendor's host and no credential."""
    with vendor_at(benches, vendor, seed, scheme, first=first) as bench:
        if proxy in ("tinyproxy", "squid"):
            log = _through_program(benches, bench, scheme, proxy)
        else:
            log = _through_recording(benches, bench, scheme, proxy)
        if scheme == "https":
            assert_no_secret(bench, log)
        bench.judge()
        bench.edit(4)
        with environment_with(**trusting(benches)):
            bench.healed()


def _through_program(benches: FaultBenches, bench: FaultBench, scheme: str, name: str) -> bytes:
    running: ProxyProgram | None = benches.servers.get(name, lambda: proxy_program(name))
    if running is None:
        raise Skipped(f"{name} is not installed: apt install {name}")
    before = len(running.log())
    with environment_with(**trusting(benches), **{f"{scheme.upper()}_PROXY": running.address}):
        bench.synced(sweep=True)
    used = f"localhost:{bench.address.rpartition(':')[2]}".encode()
    until(lambda: used in running.log()[before:])  # squid logs a tunnel when it ends
    return running.log()[before:]


def _through_recording(benches: FaultBenches, bench: FaultBench, scheme: str, kind: str) -> bytes:
    proxy = _AskingProxy() if kind == "asking" else RecordingProxy()
    with ExitStack() as stack:
        port = stack.enter_context(listening(proxy))
        address = f"http://127.0.0.1:{port}"
        if kind == "asking":
            address = f"http://me:{_PASSWORD}@127.0.0.1:{port}"
        if kind == "tls":
            address = f"https://localhost:{stack.enter_context(tls_in_front_of(port, *certificate(benches)))}"
        with environment_with(**trusting(benches), **{f"{scheme.upper()}_PROXY": address}):
            bench.synced(sweep=True)
    assert proxy.lines, "the proxy was not used"
    host = bench.address.rpartition("/")[2]
    if scheme == "https":
        assert set(proxy.lines) == {f"CONNECT {host} HTTP/1.1"}
    else:
        assert all(line.split()[1].startswith(f"{bench.address}/") for line in proxy.lines)
    return bytes(proxy.received)


def _named(
    vendor: str, seed: int, scheme: str, variables: dict[str, str], is_used: bool, benches: FaultBenches
) -> None:
    """The environment names a proxy in some form, or an exception from it."""
    with vendor_at(benches, vendor, seed, scheme) as bench:
        proxy = RecordingProxy()
        with listening(proxy) as port:
            given = _values(variables, scheme, f"127.0.0.1:{port}")
            with environment_with(**trusting(benches), **given):
                bench.healed()
        assert bool(proxy.lines) == is_used, proxy.lines


def stopped(
    benches: FaultBenches,
    bench: FaultBench,
    codes: tuple[int, ...],
    *,
    heals: bool = True,
    heals_at: str = "",
    **variables: str,
) -> Report:
    """The sync ends with one of the codes, says nothing secret, and changes nothing; directly, the next one heals."""
    before = bench.untouched()
    with environment_with(**{**trusting(benches), **variables}):
        report = bench.sync(sweep=True)
    text = describe_report(report)
    assert report.exit_code in codes, text
    assert _PASSWORD not in text
    assert not [secret for secret in secrets(bench) if secret in text]
    assert bench.untouched() == before
    if heals:
        bench.address = heals_at or bench.address
        with environment_with(**trusting(benches)):
            bench.healed()
    return report


def _refused(vendor: str, seed: int, scheme: str, refusal: str, benches: FaultBenches) -> None:
    answer, code = _REFUSALS[refusal]
    with vendor_at(benches, vendor, seed, scheme) as bench, listening(RecordingProxy(answer)) as port:
        address = f"http://me:{_PASSWORD}@127.0.0.1:{port}"
        stopped(benches, bench, (code,), **{f"{scheme.upper()}_PROXY": address})


def _down(vendor: str, seed: int, scheme: str, benches: FaultBenches) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with vendor_at(benches, vendor, seed, scheme) as bench:
        address = f"http://me:{_PASSWORD}@127.0.0.1:{port}"
        report = stopped(benches, bench, (3,), **{f"{scheme.upper()}_PROXY": address})
        assert f"127.0.0.1:{port}" in describe_report(report)


def _unusable(vendor: str, seed: int, scheme: str, value: str, benches: FaultBenches) -> None:
    with vendor_at(benches, vendor, seed, scheme) as bench:
        report = stopped(benches, bench, (2,), ALL_PROXY=value)
        assert "ALL_PROXY" in describe_report(report)


class _RecoveringProxy(RecordingProxy):
    """A proxy that fails twice, by a status and by closing the connection, and works from then on."""

    failures: tuple[bytes, ...] = (message(b"", "502 Bad Gateway"), b"")

    def __call__(self, connection: socket.socket) -> None:
        if len(self.heads) < len(self.failures):
            self.answer: bytes | None = self.failures[len(self.heads)]
        else:
            self.answer = None
        super().__call__(connection)


def _heals_in_the_run(vendor: str, seed: int, scheme: str, benches: FaultBenches) -> None:
    proxy: Callable[[socket.socket], None] = _RecoveringProxy()
    with vendor_at(benches, vendor, seed, scheme) as bench, listening(proxy) as port:
        with environment_with(**trusting(benches), **{f"{scheme.upper()}_PROXY": f"http://127.0.0.1:{port}"}):
            bench.synced(sweep=True)
        bench.judge()
