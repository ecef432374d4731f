"""One slow or endless table holds nothing back: others are committed as they complete, and a run ends in time."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from fieldhouse.pipelines.sync.account_sync import AccountSync
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.http.client import Api
from fieldhouse.sources.engine.spec.account_settings import AccountSettings
from fieldhouse.sources.sandbox.bossdesk import BossDeskSandbox
from fieldhouse.sources.sandbox.notific import NotificSandbox
from tests.support.sync_harness import SandboxTransport, SyncHarness, open_harness
from tests.support.wire import head_of, listening, message

TABLES = ("groups", "tags", "users")


class Hasty(AccountSync):
    """A sync that commits at once and waits for no thread."""

    commit_every = 0.0
    grace = 0.1


class TooLong(Hasty):
    """A sync whose time is over once two tables are committed."""

    ticks = 0.0

    def clock(self) -> float:
        if {"tags", "users"} <= self.run.committed:
            self.ticks += 10_000.0
        return self.ticks


class Dam(httpx.BaseTransport):
    """A wire on which one list does not answer until it is opened."""

    def __init__(self, path: str) -> None:
        self.path, self.opened, self.reached = path, threading.Event(), threading.Event()
        self.wire: httpx.BaseTransport | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert self.wire is not None
        if request.url.path.endswith(self.path):
            self.reached.set()
            self.opened.wait(60)
        return self.wire.handle_request(request)


@pytest.fixture
def dam() -> Iterator[Dam]:
    wall = Dam("/groups")
    yield wall
    wall.opened.set()


def sync_of(harness: SyncHarness, dam: Dam, kind: type[Hasty] = Hasty) -> Hasty:
    """A sync of three tables over the dam."""
    account, dam.wire = harness.account, SandboxTransport(harness.sandbox)
    connect = account.vendor.connect

    def over_the_dam(settings: AccountSettings) -> Api:
        api = connect(settings)
        return replace(api, extra={**api.extra, "transport": {**api.extra["transport"], "wire": dam}})

    account = replace(account, vendor=replace(account.vendor, connect=over_the_dam))
    return kind(
        account, harness.warehouse, Options(), account.tables(TABLES), lambda outcomes: None, None, 0.01
    )


def test_complete_tables_are_visible_while_another_one_is_read(
    warehouse_url: str, tmp_path: Path, dam: Dam
) -> None:
    box = BossDeskSandbox(size=0.05, edge_cases=True)
    with open_harness(box, warehouse_url, tmp_path) as harness:
        sync = sync_of(harness, dam)
        thread = threading.Thread(target=sync.execute)
        thread.start()
        try:
            assert dam.reached.wait(20)
            limit = time.monotonic() + 20
            while {"tags", "users"} - sync.run.committed and time.monotonic() < limit:
                thread.join(0.02)
            assert {"tags", "users"} <= sync.run.committed
            assert "groups" not in sync.run.committed
        finally:
            dam.opened.set()
            thread.join()
        assert sync.report.exit_code == 0
        assert harness.differences(*TABLES) == []


def test_a_run_ends_at_its_deadline_with_what_it_has_read(
    warehouse_url: str, tmp_path: Path, dam: Dam
) -> None:
    box = BossDeskSandbox(size=0.05, edge_cases=True)
    with open_harness(box, warehouse_url, tmp_path) as harness:
        report = sync_of(harness, dam, TooLong).execute()
        assert report.exit_code == 3
        errors = {outcome.table: str(outcome.error) for outcome in report.outcomes if outcome.error}
        assert list(errors) == ["groups"]
        assert "max_duration" in errors["groups"]
        assert harness.differences("tags", "users") == []
        dam.opened.set()
        assert harness.sync(*TABLES).exit_code == 0
        assert harness.differences(*TABLES) == []


class OutOfTime(Hasty):
    """A sync whose time is over once all tables but the one that drips are committed."""

    ticks = 0.0

    def clock(self) -> float:
        if len(self.run.committed) >= len(self.tables) - 1:
            self.ticks += 10_000.0
        return self.ticks


def test_thirty_nine_of_forty_tables_are_complete_while_one_drips_for_ever(
    warehouse_url: str, tmp_path: Path
) -> None:
    """Over a real connection that sends a byte now and then, which no timeout of a single read ends."""
    ended = threading.Event()

    def serve(connection: socket.socket) -> None:
        while True:
            head, _ = head_of(connection)
            if b"/Services7?" not in head:
                connection.sendall(message(b'[{"id": 1, "name": "mail"}, {"id": 2, "name": "web"}]'))
                continue
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n[")
            while not ended.wait(0.05):
                connection.sendall(b" ")
            return

    with (
        listening(serve) as port,
        open_harness(NotificSandbox(edge_cases=True), warehouse_url, tmp_path) as harness,
    ):
        vendor = harness.account.vendor
        services = next(table for table in vendor.tables if table.name == "services")
        tables = tuple(
            replace(services, name=f"services{number}", path=f"api/Services{number}", confirm=None)
            for number in range(40)
        )
        connect = vendor.connect

        def over_the_network(settings: AccountSettings) -> Api:
            api = connect(settings)
            extra = {**api.extra, "transport": {"sleep": lambda seconds: None}}
            url = f"http://127.0.0.1:{port}"
            return replace(api, base_url=url, extra=extra, allowed=lambda ask: True)

        account = replace(harness.account, vendor=replace(vendor, tables=tables, connect=over_the_network))
        sync = OutOfTime(account, harness.warehouse, Options(), tables, lambda outcomes: None, None, 0.01)
        began = time.monotonic()
        report = sync.execute()
        took = time.monotonic() - began
        ended.set()
        counts = [
            harness.fetch(f"SELECT count(*) FROM notific.services{number}")
            for number in range(40)
            if number != 7
        ]
    assert report.exit_code == 3
    assert [outcome.table for outcome in report.outcomes if outcome.error] == ["services7"]
    assert counts == [[(2,)]] * 39
    assert took < 30
