"""Group E33: certificates that are not trusted, servers that speak no TLS, and handshakes that break."""

from __future__ import annotations

import itertools
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

from tests.faults.case import Case
from tests.faults.expectations import marked, nothing_lost
from tests.faults.fault_bench import FaultBench, describe_report
from tests.faults.fault_benches import FaultBenches
from tests.faults.groups.process import known
from tests.faults.groups.proxies import certificate, stopped, trusting, vendor_at
from tests.faults.process_environment import environment_with
from tests.faults.small_worlds import SMALL_WORLDS
from tests.faults.warehouses import DIALECTS
from tests.support.certificates import make_dated_certificate
from tests.support.wire import joined_tls, listening, make_certificate, message_from

Front = Callable[[socket.socket, int], None]
"""Serves a connection; the number counts connections from 1."""
_YEARS = {"expired": (2020, 2021), "not-valid-yet": (2090, 2091)}
_AUTHORITIES = ("missing", "empty", "folder", "key-only")
_BREAKS = ("closes", "closes-after-hello", "resets")


def cases(seed: int) -> Iterator[Case]:
    for number, vendor in enumerate(known(SMALL_WORLDS)):
        kinds: dict[str, Callable[..., None]] = {
            "unknown-authority": _unknown_authority,
            "other-name": _other_name,
            "plain-server": _plain_server,
            "old-protocol": _old_protocol,
            "newest-protocol": partial(_protocol, ssl.TLSVersion.TLSv1_3),
            "protocol-1.2": partial(_protocol, ssl.TLSVersion.TLSv1_2),
            "another-certificate-in-the-run": _replaced_in_the_run,
            "another-certificate-later": _replaced_later,
            "cut-answers-heal": _cut_answers,
            **{f"certificate-{name}": partial(_dated, name) for name in _YEARS},
            **{f"authorities-{name}": partial(_authorities, name) for name in _AUTHORITIES},
            **{f"handshake-{name}-heals": partial(_heals_in_the_run, name) for name in _BREAKS},
            **{f"handshake-{name}-for-ever": partial(_never, name) for name in _BREAKS},
        }
        for place, (name, run) in enumerate(kinds.items()):
            dialect = DIALECTS[(number + place) % 2]
            yield Case("E33", f"{vendor}-{dialect}-{name}", partial(run, vendor, seed, dialect))


# --- what the cases share --------------------------------------------------------------------------------------------


@contextmanager
def _behind(bench: FaultBench, front: Front) -> Iterator[FaultBench]:
    """The bench with its address behind a front that is not TLS as it should be."""
    numbers = itertools.count(1)
    address = bench.address
    with listening(lambda connection: front(connection, next(numbers))) as port:
        bench.address = f"https://localhost:{port}"
        try:
            yield bench
        finally:
            bench.address = address


def _tls(pair: tuple[Path, Path], newest: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pair)
    if newest is not None:
        if newest < ssl.TLSVersion.TLSv1_2:
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        else:
            context.minimum_version = newest
        context.maximum_version = newest
    return context


def _taking_off(port: int, contexts: Sequence[ssl.SSLContext]) -> Front:
    """TLS by the context of the connection's number; the last one for all later ones."""

    def front(connection: socket.socket, number: int) -> None:
        context = contexts[min(number, len(contexts)) - 1]
        with context.wrap_socket(connection, server_side=True) as opened:
            joined_tls(opened, port)

    return front


def _dated_pair(benches: FaultBenches, name: str) -> tuple[Path, Path]:
    start, end = _YEARS[name]

    @contextmanager
    def made() -> Iterator[tuple[Path, Path]]:
        yield make_dated_certificate(benches.servers.folder(), datetime(start, 1, 1), datetime(end, 1, 1))

    pair: tuple[Path, Path] = benches.servers.get(name, made)
    return pair


def _other_pair(benches: FaultBenches) -> tuple[Path, Path]:
    @contextmanager
    def made() -> Iterator[tuple[Path, Path]]:
        yield make_certificate(benches.servers.folder())

    pair: tuple[Path, Path] = benches.servers.get("another certificate", made)
    return pair


def _port(bench: FaultBench) -> int:
    return int(bench.address.rpartition(":")[2])


# --- the cases -------------------------------------------------------------------------------------------------------


def _unknown_authority(vendor: str, seed: int, dialect: str, benches: FaultBenches) -> None:
    with vendor_at(benches, vendor, seed, "https", dialect=dialect) as bench:
        text = describe_report(stopped(benches, bench, (2,), SSL_CERT_FILE=str(_other_pair(benches)[0])))
        assert f"certificate of localhost:{_port(bench)} is not trusted" in text, text
        assert "SSL_CERT_FILE" in text or "authority" in text, text


def _other_name(vendor: str, seed: int, dialect: str, benches: FaultBenches) -> None:
    with vendor_at(benches, vendor, seed, "https", dialect=dialect) as bench:
        good = bench.address
        bench.address = good.replace("localhost", "127.0.0.1")
        text = describe_report(stopped(benches, bench, (2,), heals_at=good))
        assert "another name" in text, text


def _dated(name: str, vendor: str, seed: int, dialect: str, benches: FaultBenches) -> None:
    """A certificate that a right clock refuses: the message speaks of it."""
    pair = _dated_pair(benches, name)
    with vendor_at(benches, vendor, seed, "http", dialect=dialect) as bench:
        plain = bench.address
        with _behind(bench, _taking_off(_port(bench), [_tls(pair)])):
            report = stopped(benches, bench, (2,), heals_at=plain, SSL_CERT_FILE=str(pair[0]))
        text = describe_report(report)
        assert {"expired": "has expired", "not-valid-yet": "is not valid yet"}[name] in text, text


def _plain_server(vendor: str, seed: int, dialect: str, benches: FaultBenches) -> None:
    with vendor_at(benches, vendor, seed, "http", dialect=dialect) as bench:
        plain = bench.address
        bench.address = plain.replace("http://", "https://")
        text = describe_report(stopped(benches, bench, (2,), heals_at=plain))
        assert "cannot be reached by TLS" in text, text


def _old_protocol(vendor: str, seed: int, dialect: str, benches: FaultBenches) -> None:
    """A server that knows nothing newer than TLS 1.1."""
    context = _tls(certificate(benches), ssl.TLSVersion.TLSv1_1)
    with vendor_at(benches, vendor, seed, "http", dialect=dialect) as bench:
        plain = bench.address
        with _behind(bench, _taking_off(_port(bench), [context])):
            text = describe_report(stopped(benches, bench, (2,), heals_at=plain))
        assert "TLS" in text, text


def _protocol(version: ssl.TLSVersion, vendor: str, seed: int, dialect: str, benches: FaultBenches) -> None:
    context = _tls(certificate(benches), version)
    with (
        vendor_at(benches, vendor, seed, "http", first=True, dialect=dialect) as bench,
        _behind(bench, _taking_off(_port(bench), [context])),
        environment_with(**trusting(benches)),
    ):
        bench.synced(sweep=True)
        bench.judge()


def _authorities(name: str, vendor: str, seed: int, dialect: str, benches: FaultBenches) -> None:
    """SSL_CERT_FILE names what holds no certificate: it is named, and nothing is asked."""
    with vendor_at(benches, vendor, seed, "https", dialect=dialect) as bench:
        path = bench.folder / "authorities.pem"
        if name == "folder":
            path.mkdir()
        elif name != "missing":
            path.write_text(certificate(benches)[1].read_text() if name == "key-only" else "")
        asked = len(bench.sandbox.calls)
        text = describe_report(stopped(benches, bench, (2,), heals=False, SSL_CERT_FILE=str(path)))
        assert "SSL_CERT_FILE" in text, text
        assert str(path) in text, text
        assert len(bench.sandbox.calls) == asked
        with environment_with(**trusting(benches)):
            bench.healed()


def _replaced_in_the_run(vendor: str, seed: int, dialect: str, benches: FaultBenches) -> None:
    """The first connection has a good certificate, all others one that is not trusted: nothing is by halves."""
    contexts = [_tls(certificate(benches)), _tls(_other_pair(benches))]
    with vendor_at(benches, vendor, seed, "http", dialect=dialect) as bench:
        deleted = marked(bench)
        with _behind(bench, _taking_off(_port(bench), contexts)), environment_with(**trusting(benches)):
            report = bench.sync(sweep=True)
        assert report.exit_code in (0, 2), describe_report(report)
        if report.exit_code == 0:  # one connection was enough
            bench.judge()
        else:
            assert "is not trusted" in describe_report(report)
            nothing_lost(bench, deleted)
        bench.healed()


def _replaced_later(vendor: str, seed: int, dialect: str, benches: FaultBenches) -> None:
    """The vendor renews its certificate by another authority: exit 2 until that one is trusted."""
    with vendor_at(benches, vendor, seed, "http", dialect=dialect) as bench:
        port, pair = _port(bench), _other_pair(benches)
        with _behind(bench, _taking_off(port, [_tls(pair)])):
            text = describe_report(stopped(benches, bench, (2,), heals=False))
            assert "is not trusted" in text, text
            with environment_with(SSL_CERT_FILE=str(pair[0])):
                bench.healed()


def _break(name: str, connection: socket.socket) -> None:
    if name == "resets":
        connection.recv(10)
        linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    elif name == "closes-after-hello":
        connection.recv(65536)


def _heals_in_the_run(name: str, vendor: str, seed: int, dialect: str, benches: FaultBenches) -> None:
    """The vendor answers once; then its connection ends and up to two handshakes break: the sync gets over it."""
    context = _tls(certificate(benches))
    with vendor_at(benches, vendor, seed, "http", dialect=dialect) as bench:
        port, has_answered, broken = _port(bench), threading.Event(), []
        take_off = _taking_off(port, [context])

        def front(connection: socket.socket, number: int) -> None:
            if number == 1:
                _answer_once(connection, context, port)
                has_answered.set()
            elif number <= 3:
                has_answered.wait(10)
                time.sleep(0.1)  # the answer is read: a host that never answered is given up at once
                broken.append(number)
                _break(name, connection)
            else:
                take_off(connection, number)

        with _behind(bench, front), environment_with(**trusting(benches)):
            bench.synced(sweep=True)
        assert broken, "the fault was not reached"
        bench.judge()


def _answer_once(connection: socket.socket, context: ssl.SSLContext, port: int, share: float = 1) -> None:
    """Pass one request and that share of its answer on, and end without the goodbye of TLS."""
    with context.wrap_socket(connection, server_side=True) as opened:
        with socket.create_connection(("127.0.0.1", port)) as behind:
            behind.sendall(message_from(opened))
            answer = message_from(behind)
        opened.sendall(answer[: int(len(answer) * share)])
        os.close(opened.detach())


def _never(name: str, vendor: str, seed: int, dialect: str, benches: FaultBenches) -> None:
    """No handshake ever ends: the network is the cause, and running it again is the next step."""
    with vendor_at(benches, vendor, seed, "http", dialect=dialect) as bench:
        plain = bench.address
        with _behind(bench, lambda connection, number: _break(name, connection)):
            stopped(benches, bench, (3,), heals_at=plain)


def _cut_answers(vendor: str, seed: int, dialect: str, benches: FaultBenches) -> None:
    """Connections end within an answer, without the goodbye of TLS: none is taken for a complete one."""
    context = _tls(certificate(benches))
    with vendor_at(benches, vendor, seed, "http", dialect=dialect) as bench:
        port = _port(bench)
        take_off = _taking_off(port, [context])

        def front(connection: socket.socket, number: int) -> None:
            if number <= 2:
                _answer_once(connection, context, port, share=2 / 3)
            else:
                take_off(connection, number)

        with _behind(bench, front), environment_with(**trusting(benches)):
            bench.synced(sweep=True)
        bench.judge()
