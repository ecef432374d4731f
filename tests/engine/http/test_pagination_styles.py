"""A pagination style is one class: scan, estimate and probe work with one that they have never heard of."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace

import httpx
import orjson
import pytest

from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.extract.run import Run
from fieldhouse.sources.engine.extract.table_reader import TableReader
from fieldhouse.sources.engine.http import pagination
from fieldhouse.sources.engine.http.auth import Header
from fieldhouse.sources.engine.http.client import Api, Client
from fieldhouse.sources.engine.http.concurrency import ConcurrencyLimiter
from fieldhouse.sources.engine.http.messages import HttpRequest
from fieldhouse.sources.engine.http.pagination import PageInfo, Pager, Request
from fieldhouse.sources.engine.http.transport import Transport
from fieldhouse.sources.engine.plan.forecast import forecast_table
from fieldhouse.sources.engine.plan.probe import probe_tables
from fieldhouse.sources.engine.spec.incremental import ServerTime
from fieldhouse.sources.engine.spec.row import Id, Row
from fieldhouse.sources.engine.spec.table import Table
from fieldhouse.sources.engine.spec.vendor import Vendor
from tests.support.reader_harness import NOW, NoKnownRows, ReadResult
from tests.system.architecture import ROOT, modules

HOME = "sources/engine/http/pagination.py"


@dataclass(frozen=True)
class Offset:
    """``offset`` and ``limit`` in rows: every page is known beforehand."""

    size: int = 20
    numbered: bool = True
    guesses: bool = False

    def page(self, request: Request, number: int) -> Request:
        return request.having({"offset": (number - 1) * self.size, "limit": self.size})

    def after(self, request: Request, number: int, info: PageInfo, collected: int) -> Request | None:
        return self.page(request, number + 1) if info.count else None

    def with_size(self, size: int) -> Offset:
        return replace(self, size=size)


@dataclass(frozen=True)
class Token:
    """Each page names the next one by a token that nobody can guess."""

    size: int = 20
    numbered: bool = False
    guesses: bool = False

    def page(self, request: Request, number: int) -> Request:
        return request.having({"limit": self.size})

    def after(self, request: Request, number: int, info: PageInfo, collected: int) -> Request | None:
        return request.having({"token": info.next}) if info.next else None

    def with_size(self, size: int) -> Token:
        return replace(self, size=size)


class Item(Row):
    """A row."""

    id: Id


class Shop:
    """A vendor with one list of ``rows`` rows in either style. ``asked`` are the requests' parameters."""

    def __init__(self, rows: int, *, total: bool = False) -> None:
        self.rows, self.total = rows, total
        self.asked: list[dict[str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        asked = dict(request.url.params)
        self.asked.append(asked)
        start = int(asked.get("offset", 0)) or int(asked.get("token", "at 0").removeprefix("at "))
        end = min(self.rows, start + int(asked["limit"]))
        document = {"things": [{"id": id} for id in range(start, end)]}
        if end < self.rows and "offset" not in asked:
            document["next"] = f"at {end}"  # type: ignore[assignment]
        if self.total:
            document["total"] = self.rows  # type: ignore[assignment]
        return httpx.Response(200, content=orjson.dumps(document))


@contextmanager
def run_of(shop: Shop, pager: Pager, reading: ReadResult) -> Iterator[Run]:
    api = Api(
        base_url="https://api.example.com",
        auth=Header("X-Key", "hidden"),
        encode=lambda request: HttpRequest(
            "GET", f"/{request.path}", tuple((name, str(value)) for name, value in request.params.items())
        ),
        decode=lambda response, request: orjson.loads(response.body),
        page_info=lambda document, records: PageInfo(
            len(records), document.get("total"), document.get("next")
        ),
    )
    entries = Table(
        name="things", path="things", row=Item, grain="one row per thing", key=("id",), records="things"
    )
    vendor = Vendor(
        name="shop",
        title="Shop",
        settings=object,  # type: ignore[arg-type]
        connect=lambda settings: api,
        tables=(entries,),
        pager=pager,
    )
    gate = ConcurrencyLimiter(4, 4)
    transport = Transport(api.base_url, gate=gate, wire=httpx.MockTransport(shop), sleep=lambda seconds: None)
    with ThreadPoolExecutor(4) as pool:
        yield Run(
            vendor=vendor,
            account="shop",
            client=Client(api, transport),
            known_rows=NoKnownRows(),
            server_time=ServerTime(NOW),
            options=Options(),
            states={},
            sink=lambda name, frames: reading.take(frames),
            pool=pool,
            max_concurrency=4,
        )


STYLES = pytest.mark.parametrize("pager", [Offset(), Token()], ids=lambda pager: type(pager).__name__)


@STYLES
@pytest.mark.parametrize("rows", [0, 1, 19, 20, 21, 140])
@pytest.mark.parametrize("total", [False, True])
def test_a_scan_reads_every_row_and_its_estimate_counts_its_requests(
    pager: Pager, rows: int, total: bool
) -> None:
    shop, reading = Shop(rows, total=total), ReadResult()
    with run_of(shop, pager, reading) as run:
        reported = forecast_table(run, run.vendor.tables[0], {})
        estimating, shop.asked = len(shop.asked), []
        outcome = TableReader(run, run.vendor.tables[0]).read()
    assert outcome.status == "ok"
    assert sorted(int(row["id"]) for row in reading.rows.get("things", [])) == list(range(rows))
    assert outcome.requests == len(shop.asked) == reported.requests
    assert reported.probes == estimating
    if total or pager.numbered:
        assert reported.rows == rows


@STYLES
def test_a_probe_asks_for_one_row(pager: Pager) -> None:
    shop = Shop(1000)
    with run_of(shop, pager, ReadResult()) as run:
        (probe,) = probe_tables(run, run.vendor.tables)
    assert (probe.status, probe.requests) == ("ok", 1)
    assert [asked["limit"] for asked in shop.asked] == ["1"]


def test_a_long_list_of_tokens_is_never_read_to_its_end_for_an_estimate() -> None:
    shop = Shop(100_000)
    with run_of(shop, Token(), ReadResult()) as run:
        reported = forecast_table(run, run.vendor.tables[0], {})
    assert reported.probes <= 10
    assert reported.requests >= 10


# --- no other module knows a style ----------------------------------------------------------------------------------

PAGERS = frozenset(name for name in vars(pagination) if hasattr(getattr(pagination, name), "with_size"))


def style_questions(source: str) -> Iterator[str]:
    """The places that ask which style a pager has: ``isinstance`` with a pager class, ``getattr`` of a pager."""
    if not re.search(
        r"isinstance\([^\n]*(Pager|PageNumber|StartBatch|OneAnswer|Single|GoingOn)|attr\([^\n]*[Pp]ager",
        source,
    ):
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            text = [ast.unparse(argument) for argument in node.args]
            if node.func.id == "isinstance" and any(name in text[1] for name in PAGERS):
                yield ast.unparse(node)
            if node.func.id in ("getattr", "hasattr") and "pager" in text[0].lower():
                yield ast.unparse(node)


def test_no_other_module_asks_which_style_a_pager_has() -> None:
    assert {"PageNumber", "StartBatch", "OneAnswer", "Single", "Pager"} <= PAGERS
    tests = [path for path in (ROOT / "tests").rglob("*.py") if path.name != "test_pagination_styles.py"]
    questions = {
        place: actual
        for path in [*modules(), *tests]
        if (actual := list(style_questions(path.read_text("utf-8"))))
        and (place := path.relative_to(ROOT).as_posix()) != HOME
    }
    assert questions == {}


@pytest.mark.parametrize(
    "question", ["isinstance(table.pager, PageNumber)", "getattr(self._pager, 'size', None)"]
)
def test_a_question_for_the_style_is_noticed(question: str) -> None:
    assert list(style_questions(question))
