"""A vendor's sandbox with a warehouse beside it: what a test of a whole sync holds in its hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx

from fieldhouse.pipelines.config.account import Account
from fieldhouse.pipelines.config.settings import load
from fieldhouse.pipelines.sync.account_sync import AccountSync
from fieldhouse.pipelines.sync.report import Report
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.engine.http.client import Api
from fieldhouse.sources.sandbox.sandbox import Answer, Call, Sandbox
from fieldhouse.sources.sandbox.server import environment, serve
from fieldhouse.warehouse.connect import Warehouse, open_warehouse
from tests.support.vendors.oracle import Difference, differences
from tests.support.warehouse.warehouse_snapshot import Snapshot, read_snapshot

ADDRESS = "http://127.0.0.1:9"
"""Where a sandbox seems to be that is asked without a socket."""


class SandboxTransport(httpx.BaseTransport):
    """Hands requests to a sandbox in this process: the same calls and answers, without the sockets' time."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        headers = {name.decode(): value.decode() for name, value in request.headers.raw}
        target = request.url.raw_path.decode()
        try:
            answer = self.box.handle(Call.of(request.method, target, headers, request.read()))
        except ConnectionError as error:
            raise httpx.ReadError(str(error)) from None
        if answer.cut is not None:
            raise httpx.RemoteProtocolError("the peer closed the connection before the whole body came")
        date = format_datetime(self.box.clock.now(), usegmt=True)
        return httpx.Response(
            answer.status, headers={"Date": date, **answer.headers}, stream=httpx.ByteStream(answer.body)
        )


class _LandsWithDlt(AccountSync):
    """A sync whose batches all land with dlt, as large ones do."""

    small_batch_rows = 0


@dataclass(frozen=True)
class SyncHarness:
    """A sandbox, the account that points at it, and a warehouse.

    Retries do not wait, and the vendor's published limits are off: both have tests of their own.
    """

    sandbox: Sandbox
    account: Account
    url: str
    warehouse: Warehouse

    def sync(
        self,
        *tables: str,
        progress: Callable[[Sequence[Outcome]], None] = lambda outcomes: None,
        slice_bytes: int | None = None,
        lands_with_dlt: bool = False,
        **options: Any,
    ) -> Report:
        """One sync of ``tables`` (globs; all where none is named) with ``Options(**options)``.

        The sandboxes' few rows land by plain SQL, as in the product, unless ``lands_with_dlt``.
        """
        kind = _LandsWithDlt if lands_with_dlt else AccountSync
        account, named = self.account, self.account.tables(tables)
        return kind(account, self.warehouse, Options(**options), named, progress, slice_bytes, 0.01).execute()

    def fetch(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query of the warehouse."""
        with self.warehouse.session() as session:
            return session.fetch(sql)

    def snapshot(self) -> Snapshot:
        return read_snapshot(self.url, self.account.schema)

    def differences(self, *only: str) -> list[Difference]:
        """In what the warehouse is not the sandbox's truth now."""
        return differences(self.snapshot(), self.sandbox.name, self.sandbox.truth(), only)


@contextmanager
def open_harness(
    box: Sandbox, url: str, home: Path, *, sockets: bool = False, **settings: str
) -> Iterator[SyncHarness]:
    """A stand with the warehouse at ``url``; ``settings`` are the account's, beside its address and credentials.

    Args:
        home: stands in for the home folder and the project's.
        sockets: serve over real HTTP on loopback; in this process otherwise.
    """
    box.limits = ()
    if hasattr(box, "enforce_limits"):
        box.enforce_limits = False
    if not sockets:
        yield _harness(box, ADDRESS, url, home, settings, {"wire": SandboxTransport(box)})
        return
    with serve(box) as urls:
        yield _harness(box, urls[box.name], url, home, settings, {})


def _harness(
    box: Sandbox, address: str, url: str, home: Path, settings: dict[str, str], wire: dict[str, Any]
) -> SyncHarness:
    given = {f"SOURCES__{box.name.upper()}__{name.upper()}": value for name, value in settings.items()}
    variables = {"HOME": str(home), **environment([box], {box.name: address}), **given}
    (account,) = load(variables, project=home).accounts
    vendor = replace(account.vendor, connect=without_waits(account.vendor.connect, wire), limits=())
    return SyncHarness(box, replace(account, vendor=vendor), url, open_warehouse(url, lock_wait=20))


def without_waits(connect: Callable[[Any], Api], wire: dict[str, Any]) -> Callable[[Any], Api]:
    """The vendor's own API over another wire, where a pause takes no time."""

    def connected(settings: Any) -> Api:
        api = connect(settings)
        transport = {**api.extra.get("transport", {}), "sleep": lambda seconds: None, **wire}
        return replace(api, extra={**api.extra, "transport": transport})

    return connected


class CuttableConnection:
    """A fault: the line to the vendor, counted in requests, that can be cut.

    Attributes:
        cut_at: from this request on, nothing comes back any more; None lets everything through.
        whole: False breaks off in the middle of the answer, True before its first byte.
    """

    def __init__(self, cut_at: int | None = None, *, whole: bool = True) -> None:
        self.cut_at, self.whole, self.requests = cut_at, whole, 0

    def __call__(self, call: Call, honest: Answer) -> Answer | None:
        self.requests += 1
        if self.cut_at is None or self.requests < self.cut_at:
            return None
        if self.whole:
            raise ConnectionResetError("the line is dead")
        return replace(honest, cut=len(honest.body) // 2)


class ConcurrentEdits:
    """A fault that changes nothing on the wire: at the given requests, somebody edits at the vendor."""

    def __init__(self, edits: dict[int, Callable[[], object]]) -> None:
        self.edits, self.requests = edits, 0

    def __call__(self, call: Call, honest: Answer) -> Answer | None:
        self.requests += 1
        edit = self.edits.get(self.requests)
        if edit:
            edit()
        return None


def refusing(matches: Callable[[Call], bool], status: int) -> Callable[[Call, Answer], Answer | None]:
    """A fault: calls that match are answered with ``status``."""
    return lambda call, honest: Answer(status, b"{}") if matches(call) else None


def duckdb_url(folder: Path) -> str:
    return f"duckdb:///{folder / 'warehouse.duckdb'}"
