"""Group E35: receivers of alerts, spans and metrics that answer badly: none of them changes a run."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.faults.case import Case
from tests.faults.commands import command, sync_tables
from tests.faults.fault_bench import FaultBench
from tests.faults.fault_benches import FaultBenches
from tests.faults.groups.process import known
from tests.faults.groups.proxies import secrets
from tests.faults.http_faults import FOR_EVER, FaultyAnswers, asking_for, status
from tests.faults.small_worlds import SMALL_WORLDS
from tests.faults.warehouses import DIALECTS
from tests.support.wire import listening, message, message_from

_PATH = "secret-hook"
ANSWERS = {
    "accepts": message(b"ok"),
    "503": message(b"", "503 Service Unavailable"),
    "302": message(b"", "302 Found", "Location: /elsewhere"),
    "no-http": b"hello there\r\n\r\n",
    "bad-chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    "500-headers": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n",
    "long-status": b"HTTP/1.1 200 " + b"x" * 70_000 + b"\r\n\r\n",
    "bad-redirect": message(b"", "302 Found", "Location: http://a b:99999/"),
    "garbage": message(b"garbage" * 1000),
    "nothing": b"",
}
_COLLECTOR = ("accepts", "302", "no-http", "bad-chunk", "long-status", "garbage", "nothing")
"""Answers to spans; 503 is left out, which is sent again for seconds."""
_METRICS = ("folder", "below-a-file")
_LONGEST = 60.0
"""Seconds of a whole run whose receiver never ends its answer; its deadline is much less."""


def cases(seed: int) -> Iterator[Case]:
    for number, vendor in enumerate(known(SMALL_WORLDS)):
        kinds: dict[str, Callable[..., None]] = {
            **{f"alert-{name}": partial(_alert, name) for name in ANSWERS},
            **{f"spans-{name}": partial(_spans, name) for name in _COLLECTOR},
            **{f"metrics-{name}": partial(_metrics, name) for name in _METRICS},
            "alert-down": _down,
            "alert-slow": _slow,
        }
        for place, (name, run) in enumerate(kinds.items()):
            dialect = DIALECTS[(number + place) % 2]
            yield Case("E35", f"{vendor}-{dialect}-{name}", partial(run, vendor, seed, dialect))


def _tells(bench: FaultBench, **variables: str) -> str:
    """A sync one of whose tables is refused, with a receiver; what it printed.

    The run is as it were without a receiver: exit 2, the whole report, the published copy, all other tables equal.
    """
    lone = bench.small_world.lone[0]
    refused = FaultyAnswers(status(403, b"{}"), 1, FOR_EVER, asking_for(bench.sandbox.name, lone))
    bench.edit(6)
    bench.sandbox.faults.append(refused)
    copy = bench.folder / "copy.duckdb"
    is_file = bench.url.startswith("duckdb:")
    try:
        published = {"WAREHOUSE__PUBLISH": str(copy)} if is_file else {}
        result = command(bench, "sync", "--json", "--sweep", *sync_tables(bench), **published, **variables)
    finally:
        bench.sandbox.faults.remove(refused)
    assert result.code == 2, result.all
    tables = result.json["vendors"][bench.sandbox.name]["tables"]
    assert set(tables) == set(bench.small_world.tables)
    assert {name for name, table in tables.items() if table["status"] != "ok"} == {lone}
    assert copy.exists() == is_file
    assert _PATH not in result.all or "ALERTS__WEBHOOK" not in variables, "a webhook's address is a secret"
    assert not [secret for secret in secrets(bench) if secret in result.all]
    bench.judge(tables=[table for table in bench.small_world.tables if table != lone])
    bench.healed()
    return result.err


def _alert(name: str, vendor: str, seed: int, dialect: str, benches: FaultBenches) -> None:
    with benches.bench(vendor, dialect, seed, sockets=True) as bench, _receiver(ANSWERS[name]) as url:
        err = _tells(bench, ALERTS__WEBHOOK=url)
        assert err.count("warning: ") == (name not in ("accepts", "garbage")), err


def _spans(name: str, vendor: str, seed: int, dialect: str, benches: FaultBenches) -> None:
    with benches.bench(vendor, dialect, seed, sockets=True) as bench, _receiver(ANSWERS[name]) as url:
        err = _tells(bench, METRICS__OTLP=url)
        if name != "accepts":
            assert "warning: " in err


@contextmanager
def _receiver(answer: bytes) -> Iterator[str]:
    """Gives every connection the same bytes; its address."""

    def serve(connection: socket.socket) -> None:
        message_from(connection)
        connection.sendall(answer)

    with listening(serve) as port:
        yield f"http://127.0.0.1:{port}/{_PATH}"


def _down(vendor: str, seed: int, dialect: str, benches: FaultBenches) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with benches.bench(vendor, dialect, seed, sockets=True) as bench:
        assert _tells(bench, ALERTS__WEBHOOK=f"http://127.0.0.1:{port}/{_PATH}").count("warning: ") == 1


def _slow(vendor: str, seed: int, dialect: str, benches: FaultBenches) -> None:
    """A header every half second, for ever."""

    def drip(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        for _ in range(240):
            time.sleep(0.5)
            connection.sendall(b"X: y\r\n")

    with benches.bench(vendor, dialect, seed, sockets=True) as bench:
        with listening(drip) as port:
            began = time.monotonic()
            assert _tells(bench, ALERTS__WEBHOOK=f"http://127.0.0.1:{port}/{_PATH}").count("warning: ") == 1
            assert time.monotonic() - began < _LONGEST
        for thread in threading.enumerate():  # it gives up now, and notes the alert in the warehouse
            if thread.name.startswith("notify "):
                thread.join(_LONGEST)


def _metrics(name: str, vendor: str, seed: int, dialect: str, benches: FaultBenches) -> None:
    with benches.bench(vendor, dialect, seed, sockets=True) as bench:
        place: Path = bench.folder / "metrics"
        if name == "folder":
            place.mkdir()
        else:
            place.touch()
            place = place / "file.prom"
        assert "warning: " in _tells(bench, METRICS__TEXTFILE=str(place))
