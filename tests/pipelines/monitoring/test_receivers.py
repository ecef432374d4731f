"""Receivers can neither fail, delay nor change a run: report, published copy and exit code come first."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fieldhouse.pipelines.monitoring.deadline import notify_all
from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from tests.support.cli_runner import CommandRunner, command_runner
from tests.support.sync_harness import refusing

CHOSEN = ("--tables", "groups,tags")
ANSWERS = {
    "no HTTP": b"hello there\r\n\r\n",
    "a bad chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    "500 headers": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n",
    "a long status line": b"HTTP/1.1 200 " + b"x" * 70_000 + b"\r\n\r\n",
    "a bad redirect": b"HTTP/1.1 302 Found\r\nLocation: http://a b:99999/\r\nContent-Length: 0\r\n\r\n",
    "nothing": b"",
}


@contextmanager
def answering(answer: bytes) -> Iterator[str]:
    """A server that gives every connection the same bytes; its address."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65536)
                    connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/secret-hook"


@pytest.fixture
def at(tmp_path: Path) -> Iterator[CommandRunner]:
    sandbox = BossDeskSandbox(size=0.02, edge_cases=True)
    sandbox.faults[:] = [refusing(lambda call: "/tags" in call.path, 403)]
    with command_runner(tmp_path, sandbox) as runner:
        yield runner


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_receiver_that_answers_badly_is_one_warning(at: CommandRunner, answer: str) -> None:
    with answering(ANSWERS[answer]) as url:
        copy = {"WAREHOUSE__PUBLISH": str(at.folder / "copy.duckdb")}
        result = at.run("sync", *CHOSEN, "--json", ALERTS__WEBHOOK=url, **copy)
    assert result.code == 2
    assert set(result.json["vendors"]["bossdesk"]["tables"]) == {"groups", "tags"}
    assert (at.folder / "copy.duckdb").exists()
    assert result.err.count("warning: ") == 1
    assert "secret-hook" not in result.all


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\ngarbage",
    ],
)
def test_a_collector_that_does_not_take_spans_is_a_warning(at: CommandRunner, answer: bytes) -> None:
    with answering(answer) as url:
        result = at.run("sync", *CHOSEN, METRICS__OTLP=url)
    assert result.code == 2
    assert "the spans of this sync could not be sent" in result.err


def test_receivers_share_one_deadline(capsys: pytest.CaptureFixture[str]) -> None:
    never = threading.Event()
    started = time.monotonic()
    notify_all(
        {"slow": lambda: never.wait(60) and None, "slower": lambda: never.wait(60) and None}, seconds=0.2
    )
    assert time.monotonic() - started < 5
    never.set()
    err = capsys.readouterr().err
    assert "warning: slow did not finish within 0.2 s" in err
    assert "warning: slower did not finish within 0.2 s" in err


def test_an_error_of_a_receiver_names_it_and_hides_its_text(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise ValueError("https://hooks.example.com/secret")

    notify_all({"alerts.webhook": fail})
    err = capsys.readouterr().err
    assert "warning: alerts.webhook failed (ValueError)" in err
    assert "secret" not in err
