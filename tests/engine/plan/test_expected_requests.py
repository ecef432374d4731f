"""Forecast: what the next read takes if nothing has changed, from the stored state alone."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.changes.outcome import Outcome
from fieldhouse.sources.engine.changes.table_state import FilterProof, ReadCost, ScanCost, TableState
from fieldhouse.sources.engine.extract.run import Run
from fieldhouse.sources.engine.extract.table_reader import TableReader
from fieldhouse.sources.engine.http.auth import Header
from fieldhouse.sources.engine.http.client import Api, Client
from fieldhouse.sources.engine.http.concurrency import ConcurrencyLimiter
from fieldhouse.sources.engine.http.messages import HttpRequest
from fieldhouse.sources.engine.http.pagination import PageNumber
from fieldhouse.sources.engine.http.transport import Transport
from fieldhouse.sources.engine.plan.forecast import expected_requests
from fieldhouse.sources.engine.spec.incremental import Incremental, ServerTime
from fieldhouse.sources.engine.spec.reads import Detail
from fieldhouse.sources.engine.spec.row import Int, Row, Timestamp
from fieldhouse.sources.engine.spec.table import Table
from fieldhouse.sources.engine.spec.vendor import Vendor
from tests.support.reader_harness import NOW, NoKnownRows

HOUR = timedelta(hours=1)


class Ticket(Row):
    id: Int
    updated_at: Timestamp


PLAIN = Table(name="tickets", path="tickets", row=Ticket)
FILTERED = replace(
    PLAIN, incremental=Incremental(params=lambda cursor: {"since": cursor}, cursor_field="updated_at")
)
DETAILED = replace(FILTERED, detail=Detail(path="tickets/{id}", batch_size=10))
SCAN = ScanCost(requests=8, rows=200, pages=(7,), unsettled=15)


def state(
    *, honoured: bool = True, scanned: datetime | None = None, changes: int | None = 3, details: int = 0
) -> TableState:
    return TableState(
        cursor=NOW,
        last_full_scan=scanned or datetime.now(NOW.tzinfo),
        filter_proof=FilterProof(is_honoured=honoured),
        cost=ReadCost(scan=SCAN, changes=changes, details=details),
    )


def refuse(request: httpx.Request) -> httpx.Response:
    raise AssertionError("a forecast from the state alone sends no request")


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as threads:
        yield threads


@pytest.mark.parametrize(
    ("table", "stored", "options", "requests"),
    [
        (PLAIN, TableState(), {}, None),
        (PLAIN, TableState(cost=ReadCost(scan=SCAN)), {}, 8),
        (FILTERED, state(), {}, 1 + 3),
        (FILTERED, state(changes=None), {}, 1 + 2),
        (FILTERED, state(), {"sweep": True}, 1 + 8),
        (FILTERED, state(scanned=NOW - 100 * HOUR), {}, 1 + 8),
        (FILTERED, state(), {"full": True}, 1 + 8),
        (FILTERED, state(honoured=False), {}, 1 + 8),
        (FILTERED, state(), {"since": NOW}, None),
        (DETAILED, state(), {"sweep": True}, 1 + 3 + 8),
        (DETAILED, state(), {"full": True}, 1 + 8 + 20),
        (DETAILED, state(honoured=False, details=12), {}, 1 + 8 + 12),
        (DETAILED, state(honoured=False, details=200), {}, 1 + 8 + 15),
    ],
)
def test_a_read_without_changes_takes_what_the_last_ones_took(
    pool: ThreadPoolExecutor, table: Table, stored: TableState, options: dict[str, Any], requests: int | None
) -> None:
    api = Api(
        base_url="https://api.example.com",
        auth=Header("X-Key", "hidden"),
        encode=lambda request: HttpRequest("GET", f"/{request.path}"),
        decode=lambda response, request: None,
    )
    vendor = Vendor(
        name="desk",
        title="Desk",
        tables=(table,),
        settings=object,
        connect=lambda settings: api,
        pager=PageNumber(),
    )
    transport = Transport(api.base_url, gate=ConcurrencyLimiter(1, 1), wire=httpx.MockTransport(refuse))
    run = Run(
        vendor=vendor,
        account="desk",
        client=Client(api, transport),
        known_rows=NoKnownRows(),
        server_time=ServerTime(NOW),
        options=Options(**options),
        states={table.name: stored.to_json()},
        sink=lambda name, frames: None,
        pool=pool,
        max_concurrency=1,
    )
    reader = TableReader(run, table)
    assert isinstance(reader.outcome, Outcome)
    assert expected_requests(reader) == requests
