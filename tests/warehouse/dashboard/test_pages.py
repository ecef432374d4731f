"""The dashboard's pages over HTTP: each tab on a whole warehouse, on an empty one, and on ones in between."""

from __future__ import annotations

import asyncio
import csv
import html
import io
import os
import re
import shutil
import socket
import stat
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import duckdb
import httpx
import pytest

from fieldhouse.pipelines.commands.serve.dashboard import run
from fieldhouse.pipelines.config.extras import install_command, is_installed
from fieldhouse.pipelines.config.settings import load
from fieldhouse.sources.engine.errors import FixSettings
from fieldhouse.warehouse.connect import open_warehouse
from fieldhouse.warehouse.dashboard.filters import PERIODS, Parameters, period_before
from fieldhouse.warehouse.dashboard.query import Choice, grain, names, render, text
from fieldhouse.warehouse.dashboard.source import Place
from fieldhouse.warehouse.errors import WarehouseSettingsError
from tests.support.cli_runner import CommandRunner
from tests.support.marts import expected_marts as truth_of
from tests.support.marts.marts_warehouse import Built, needs_dbt

pytestmark = pytest.mark.skipif(
    not is_installed("dashboard"), reason="needs pip install 'fieldhouse[dashboard]'"
)
if is_installed("dashboard"):
    from fieldhouse.warehouse.dashboard import page as page_module
    from fieldhouse.warehouse.dashboard.app import application
    from fieldhouse.warehouse.dashboard.page import queries
    from fieldhouse.warehouse.dashboard.reader import Reader
    from fieldhouse.warehouse.dashboard.tabs import TABS as tabs

TABS = ("Health", "Tickets", "Shifts", "Hours", "Jobs", "People")
OF_THE_HEAD = {"catalogue", "marts_day", "marts_seen", "newest_sync", "time_zones", "teams", "workgroups"}
NOW = datetime(2026, 11, 2, 15, tzinfo=UTC)
_TAGS = re.compile(r"<[^>]+>")


@dataclass(frozen=True)
class Page:
    """A page as its readers get it."""

    status: int
    body: str

    @property
    def text(self) -> str:
        """All words, one space between them."""
        return re.sub(r"\s+", " ", html.unescape(_TAGS.sub(" ", self.body)))

    @property
    def sql(self) -> list[str]:
        """The queries that the page shows."""
        return [html.unescape(code) for code in re.findall(r"<pre[^>]*><code>(.*?)</code>", self.body, re.S)]

    @property
    def tiles(self) -> dict[str, str]:
        """Label -> value of every number."""
        pairs = re.findall(r'<p class="name">(.*?)</p>\s*<p class="value">(.*?)</p>', self.body)
        return {html.unescape(name): html.unescape(value) for name, value in pairs}

    @property
    def landmarks(self) -> list[str]:
        """The names of the parts between which a screen reader jumps; one that is given by an id is that text."""
        texts = dict(re.findall(r'<h\d id="([^"]*)">(.*?)</h\d>', self.body))
        tags = re.findall(r'<(?:section|nav|aside|\w+[^>]* role="region")[^>]*>', self.body)
        names = [re.search(r'aria-label(ledby)?="([^"]*)"', tag) for tag in tags]
        return [texts[name[2]] if name[1] else name[2] for name in names if name]

    @property
    def tables(self) -> list[list[list[str]]]:
        """The cells of every table, the titles first."""
        results = []
        for table in re.findall(r"<table>(.*?)</table>", self.body, re.S):
            lines = re.findall(r"<tr[^>]*>(.*?)</tr>", table, re.S)
            cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line, re.S) for line in lines]
            results.append([[html.unescape(_TAGS.sub("", cell)) for cell in line] for line in cells])
        return results


def get(place: Place, path: str, **parameters: Any) -> Page:
    """One page; a list as a parameter is given several times."""

    async def ask() -> Page:
        transport = httpx.ASGITransport(app=application(place, now=lambda: NOW))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            answer = await client.get(f"{path}?{urlencode(parameters, doseq=True)}")
            return Page(answer.status_code, answer.text)

    return asyncio.run(ask())


def shown(place: Place, tab: str, **parameters: Any) -> Page:
    return get(place, f"/{tab.lower()}", **parameters)


@pytest.fixture(scope="module")
def complete(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of its own, so that nobody else has the file."""
    copy = tmp_path_factory.mktemp("dashboard") / "company.duckdb"
    with open_warehouse(f"duckdb:///{built.path}").exclusive() as path:
        shutil.copy(path, copy)
    return copy


@pytest.fixture
def changed(complete: Path, tmp_path: Path) -> Callable[..., Place]:
    """Gives the place of a copy on which statements were run."""
    path = Path(shutil.copy(complete, tmp_path / "changed.duckdb"))

    def change(*statements: str) -> Place:
        with duckdb.connect(str(path)) as db:
            for statement in statements:
                db.execute(statement)
        return Place(f"duckdb:///{path}")

    return change


def rows_of(path: Path, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    with duckdb.connect(str(path), read_only=True) as db:
        db.execute("SET TimeZone = 'UTC'")
        answer = db.execute(sql)
        return [column[0] for column in answer.description], answer.fetchall()


@needs_dbt
@pytest.mark.parametrize("tab", TABS)
def test_every_figure_shows_what_the_query_under_it_answers(complete: Path, tab: str) -> None:
    place = Place(f"duckdb:///{complete}", max_age_hours=1e6)
    page = shown(place, tab)
    assert page.status == 200
    assert len(page.sql) >= 3
    assert "refused this query" not in page.text
    assert len(page.landmarks) == len(set(page.landmarks)) > 2
    filled = [(sql, rows_of(complete, sql)) for sql in page.sql]
    filled = [(sql, columns, rows) for sql, (columns, rows) in filled if rows]
    tables = page.tables[1:] if tab == "Health" else page.tables
    assert len(tables) == len(filled)
    for table, (sql, columns, rows) in zip(tables, filled, strict=True):
        assert len(table) == len(rows) + 1, sql
        assert len(table[0]) == len([name for name in columns if name != "_url"])
        for line, row in zip(table[1:], rows, strict=True):
            for shown_text, value in zip(line, row, strict=False):
                if isinstance(value, str) and value:
                    assert shown_text == value
                elif isinstance(value, int) and not isinstance(value, bool):
                    assert shown_text == f"{value:,}"
                elif value is None:
                    assert shown_text == "–"


@needs_dbt
def test_csv_has_every_row_with_the_filters_of_the_page(complete: Path) -> None:
    place = Place(f"duckdb:///{complete}")
    body = get(place, "/csv/oldest_tickets", account="bossdesk", team=["Apps", "Email"]).body
    lines = list(csv.DictReader(io.StringIO(body)))
    assert lines
    assert {line["account"] for line in lines} == {"bossdesk"}
    assert {line["team"] for line in lines} <= {"Apps", "Email"}
    assert get(place, "/csv/catalogue").status == 404
    assert get(place, "/csv/../../secrets").status == 404


@needs_dbt
def test_a_text_that_a_spreadsheet_would_run_is_only_text(changed: Any) -> None:
    place = changed("UPDATE marts.tickets SET title = '=HYPERLINK(1)', age_days = 9999 WHERE is_open")
    body = get(place, "/csv/oldest_tickets").body
    assert "'=HYPERLINK(1)" in body
    assert "<script>" not in shown(changed("UPDATE marts.tickets SET title = '<script>x'"), "Tickets").body


@needs_dbt
def test_the_numbers_are_the_vendors_own(complete: Path, built: Built) -> None:
    place = Place(f"duckdb:///{complete}", max_age_hours=1e6)
    expected = truth_of.open_tickets(built.truth, built.now)
    tiles = shown(place, "Tickets", period="All time").tiles
    assert tiles["Open now"] == f"{sum(count for _, _, count, _ in expected)}"
    assert tiles["Overdue now"] == f"{sum(late for *_, late in expected)}"
    opened = sum(len(built.truth[vendor]["tickets"]) for vendor in ("bossdesk", "notific"))
    assert tiles["Opened"] == f"{opened}"
    one = shown(place, "Tickets", period="All time", account="notific").tiles
    assert one["Opened"] == f"{len(built.truth['notific']['tickets'])}"
    hours = shown(place, "Hours", period="All time").tiles
    worked = sum(hours for hours, _, _ in truth_of.hours_by_week(built.truth).values())
    assert hours["Scheduled"].split()[0].replace(",", "") in {f"{worked + off:.0f}" for off in (-1, 0, 1)}


@needs_dbt
def test_a_choice_is_in_every_query_of_the_tab(complete: Path) -> None:
    place = Place(f"duckdb:///{complete}")
    page = shown(place, "Tickets", account=["bossdesk"], team=["Apps"])
    for query in page.sql:
        assert "account in ('bossdesk')" in query
        assert "in ('Apps')" in query
        assert ":" not in re.sub(r"--.*", "", query)
    shifts = shown(place, "Shifts", period="Next 7 days")
    assert "day >= date '2026-11-02'" in shifts.sql[1]
    assert "day <= date '2026-11-08'" in shifts.sql[1]
    days = {"period": "Other days", "from": "2026-10-01", "to": "2026-10-31"}
    assert "day <= date '2026-10-31'" in shown(place, "Shifts", **days).sql[1]


@needs_dbt
def test_amounts_of_two_currencies_are_never_added_up(changed: Any) -> None:
    """An account whose currency nobody states stands by itself, as it may be any."""
    marts = ("receivables_ageing", "revenue_by_month")
    place = changed(
        *(f"UPDATE marts.{mart} SET currency = 'USD' WHERE vendor = 'servicebridge'" for mart in marts)
    )
    page = shown(place, "Jobs", period="All time")
    unknown = "currency of servicesidekick"
    file = place.file
    assert file
    for column, amount in (("Owed now", "balance > 0"), ("Of it due", "balance > 0 AND days_overdue > 0")):
        for currency, vendor in (("USD", "servicebridge"), (unknown, "servicesidekick")):
            query = (
                f"SELECT sum(balance) FROM marts.receivables_ageing WHERE vendor = '{vendor}' AND {amount}"
            )
            _, ((expected,),) = rows_of(file, query)
            assert page.tiles[f"{column} ({currency})"] == f"{expected or 0:,.2f}"
    assert re.findall(r'<div class="unit">((?:USD|currency)[^<]*)</div>', page.body) == ["USD", unknown]
    place = changed(*(f"UPDATE marts.{mart} SET currency = 'USD'" for mart in marts))
    _, ((both,),) = rows_of(file, "SELECT sum(balance) FROM marts.receivables_ageing WHERE balance > 0")
    assert shown(place, "Jobs").tiles["Owed now (USD)"] == f"{both:,.2f}"


@needs_dbt
def test_a_bar_leads_to_its_records_and_a_record_to_the_vendor(complete: Path) -> None:
    place = Place(f"duckdb:///{complete}")
    page = shown(place, "Tickets", account="bossdesk", team="Email")
    links = re.findall(r'<a href="(\?[^"]*team=[^"]*)">', page.body)
    assert links
    for link in map(html.unescape, links):
        assert link.startswith("?account=bossdesk&team=")
        assert link.count("team=") == 1
    _, tickets = rows_of(
        complete, "SELECT number, _url FROM marts.tickets WHERE vendor = 'bossdesk' AND is_open"
    )
    page = shown(place, "Tickets", account="bossdesk")
    urls = {str(number): url for number, url in tickets}
    results = re.findall(r'<td[^>]*><a href="([^"]+)" rel="noreferrer">([^<]+)</a>', page.body)
    assert len(results) > 3
    assert [url for url, number in results if urls[number] != url] == []


@needs_dbt
def test_the_health_page_asks_each_query_once(complete: Path) -> None:
    class Recording(Reader):
        asked: list[str]

        def read(self, queries: Any) -> Any:
            self.asked += queries
            return super().read(queries)

    place = Place(f"duckdb:///{complete}", max_age_hours=1e6)
    reader = Recording(place)
    reader.asked = []
    known = page_module.look(reader)
    assert known
    content = page_module.content(tabs[0], reader, known, Choice(known.accounts, max_age_hours=1e6), place)
    assert len(content.cards) == 5
    assert content.states
    assert len(content.states.cells) == 105
    assert len(reader.asked) == len(set(reader.asked))
    assert sum("30 newest" in query for query in reader.asked) == 1


@needs_dbt
def test_parameters_that_are_not_understood_count_as_not_given(complete: Path) -> None:
    place = Place(f"duckdb:///{complete}")
    page = shown(place, "Tickets", account="x'; DROP SCHEMA marts; --", period="For ever", **{"from": "soon"})
    assert page.status == 200
    assert page.tiles == shown(place, "Tickets").tiles


@needs_dbt
def test_a_figure_is_compared_with_the_period_before_and_with_its_target(complete: Path) -> None:
    place = Place(f"duckdb:///{complete}", targets={"resolved_in_time_percent": 90})
    page = shown(place, "Tickets", period="Last 13 weeks")
    before = period_before(Parameters(period="Last 13 weeks").choice((), date(2026, 11, 2)))
    assert before is not None
    query = render("ticket_totals", replace(before, every_account=("bossdesk",)))
    _, (row,) = rows_of(complete, f"select opened_tickets from ({query})")
    assert f"({row[0]})" in page.text or f"from {row[0]} in the period before" in page.text
    assert "Target 90 %" in page.text
    assert "in the period before" not in shown(place, "Tickets", period="All time").text


@pytest.mark.parametrize("tab", TABS)
def test_where_nothing_is_the_page_says_what_to_do(tmp_path: Path, tab: str) -> None:
    absent = shown(Place(f"duckdb:///{tmp_path}/none.duckdb"), tab)
    assert absent.status == 404
    assert "Run fieldhouse sync" in absent.text
    assert list(tmp_path.iterdir()) == []
    with open_warehouse(f"duckdb:///{tmp_path}/empty.duckdb").session():
        pass
    assert "Nothing is synced yet" in shown(Place(f"duckdb:///{tmp_path}/empty.duckdb"), tab).text


@needs_dbt
def test_without_marts_health_is_there_and_the_rest_names_the_command(changed: Any) -> None:
    place = changed("DROP SCHEMA marts CASCADE")
    assert "All 20 tables" in shown(replace(place, max_age_hours=1e6), "Health").text
    for tab in TABS[1:]:
        page = shown(place, tab)
        assert "Run fieldhouse build" in page.text
        assert not page.tiles


@needs_dbt
def test_a_vendor_that_is_not_synced_leaves_its_share_empty(changed: Any) -> None:
    marts = (
        "shifts",
        "shift_coverage_daily",
        "worker_hours_weekly",
        "sync_health",
        "jobs",
        "job_cycle_times",
    )
    gone = [f"DELETE FROM marts.{mart} WHERE account IN ('shiftboard', 'servicesidekick')" for mart in marts]
    place = changed("DROP SCHEMA shiftboard CASCADE", "DROP SCHEMA servicesidekick CASCADE", *gone)
    for tab in ("Shifts", "Hours"):
        assert "fieldhouse sync shiftboard" in shown(place, tab).text
    assert "Without servicesidekick" in shown(place, "Jobs").text
    assert "shiftboard" not in shown(place, "Health").text


@needs_dbt
def test_a_failing_account_comes_first_with_its_cause_and_next_step(changed: Any, complete: Path) -> None:
    whole_place = Place(f"duckdb:///{complete}", max_age_hours=1e6)
    failed = (
        "INSERT INTO bossdesk._syncs (run_id, table_name, started_at, finished_at, outcome, error, details) SELECT"
        " 'r', table_name, now(), now() + INTERVAL 1 SECOND, 'failed',"
        " 'bossdesk.' || table_name || ': the vendor refused the key (HTTP 401).',"
        ' \'{"error": {"next_step": "Check api_key."}}\' FROM (SELECT DISTINCT table_name FROM bossdesk._syncs)'
    )
    place = changed(
        failed,
        "INSERT INTO bossdesk._schema_changes (changed_at, table_name, column_name, from_type, to_type, action)"
        " VALUES (now(), 'tickets', 'urgency', 'bigint', 'text', 'widened')",
    )
    page = shown(replace(place, max_age_hours=1e6), "Health")
    assert re.findall(r'<article class="card (\w+)"', page.body) == ["failing", *["fresh"] * 4]
    assert "20 of 20 tables failed: the vendor refused the key (HTTP 401)." in page.text
    assert page.text.count("Next step: Check api_key.") == 1
    assert "20 in error · 0 late · 0 fresh" in page.text
    states = page.tables[0]
    assert [line[0] for line in states[1:22]] == ["error"] * 20 + ["fresh"]
    assert any("urgency" in line and "widened" in line for table in page.tables for line in table)
    as_of = re.search(r"Data as of [^<]*", shown(whole_place, "Health").body)
    assert as_of
    assert as_of[0].strip() in page.body, "a read that failed brings no newer data"
    assert "do not contain the last sync" not in shown(place, "Tickets").text
    newer = "INSERT INTO notific._syncs (run_id, table_name, started_at, finished_at, outcome) VALUES"
    place = changed(f"{newer} ('n', 'tickets', now(), now() + INTERVAL 1 HOUR, 'ok')")
    assert "do not contain the last sync" in shown(place, "Tickets").text


@needs_dbt
def test_late_is_what_the_limit_says(complete: Path) -> None:
    fresh = shown(Place(f"duckdb:///{complete}", max_age_hours=1e6), "Health").text
    late = shown(Place(f"duckdb:///{complete}", max_age_hours=1e-6), "Health").text
    assert "Tables: 0 in error, 0 late, 105 fresh" in fresh
    assert "Tables: 0 in error, 105 late, 0 fresh" in late


@needs_dbt
def test_an_account_of_any_name_is_only_a_name(changed: Any) -> None:
    """A schema's name reaches SQL as an identifier and as a literal, and neither opens a hole."""
    place = changed(
        'CREATE SCHEMA "notific_o\'b"',
        'CREATE TABLE "notific_o\'b"._syncs AS FROM notific._syncs',
        'CREATE TABLE "notific_o\'b"._schema_changes AS FROM notific._schema_changes',
    )
    page = shown(replace(place, max_age_hours=1e6), "Health", account="notific_o'b")
    assert re.findall(r"Tables: .*? fresh", page.text) == ["Tables: 0 in error, 0 late, 4 fresh"]


def test_only_this_machine_is_answered_and_no_script_of_the_text_runs(tmp_path: Path) -> None:
    async def ask(host: str) -> httpx.Response:
        transport = httpx.ASGITransport(app=application(Place(f"duckdb:///{tmp_path}/none.duckdb")))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
            return await client.get("/health")

    assert asyncio.run(ask("evil.example.com")).status_code == 400
    policy = asyncio.run(ask("127.0.0.1:8501")).headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "default-src 'none'" in policy


class TestQueries:
    def test_each_begins_with_its_grain_and_is_on_the_page(self) -> None:
        used = {query for tab in tabs for query in queries(tab)}
        assert used | OF_THE_HEAD == set(names())
        assert [name for name in names() if not re.match(r"One row\b", grain(name))] == []
        assert [tab.name for tab in tabs] == list(TABS)

    def test_a_line_without_its_choice_is_left_out(self) -> None:
        bare = render("backlog_by_day", Choice(("bossdesk",)))
        assert "account" not in bare.partition("from")[2].partition("group")[0]
        day = render("backlog_by_day", Choice(("bossdesk",), first_day=date(2026, 1, 31)))
        assert "and day >= date '2026-01-31'" in day
        assert "day <=" not in day

    def test_a_quote_in_a_team_stays_in_its_literal(self) -> None:
        query = render("backlog_by_day", Choice(("a",), teams=("O'Brien'); DROP TABLE x; --",)))
        assert "('O''Brien''); DROP TABLE x; --')" in query

    def test_nothing_is_render(self) -> None:
        for name in names():
            assert not re.search(
                r"\b(insert|update|delete|create|drop|copy|attach)\b", re.sub(r"--.*", "", text(name))
            )


class TestPeriods:
    def test_they_count_whole_weeks_and_months(self) -> None:
        today = date(2026, 11, 4)
        assert PERIODS["Last full week"](today) == (date(2026, 10, 26), date(2026, 11, 1))
        assert PERIODS["Last 4 weeks"](today) == (date(2026, 10, 5), today)
        assert PERIODS["Last 12 months"](today) == (date(2025, 12, 1), today)
        assert PERIODS["Next 7 days"](today) == (today, today + timedelta(days=6))

    def test_the_period_before_has_the_same_length_and_ends_where_this_one_begins(self) -> None:
        before = period_before(Choice(first_day=date(2026, 10, 26), last_day=date(2026, 11, 1)))
        assert before == Choice(first_day=date(2026, 10, 19), last_day=date(2026, 10, 25))
        assert period_before(Choice(last_day=date(2026, 11, 1))) is None


class TestCommand:
    def test_company_and_targets_of_the_settings_are_on_the_pages(self, tmp_path: Path) -> None:
        (tmp_path / ".dlt").mkdir()
        (tmp_path / ".dlt" / "config.toml").write_text(
            '[dashboard]\ncompany = "Acme <Field>"\ntargets = {covered_percent = 95}\n'
        )
        settings = load({"HOME": str(tmp_path)}, tmp_path, warehouse_url=f"duckdb:///{tmp_path}/none.duckdb")
        assert settings.dashboard.targets == {"covered_percent": 95}
        page = get(Place(settings.warehouse_url, company=settings.dashboard.company), "/health")
        assert "<h1>Acme &lt;Field&gt;</h1>" in page.body

    def test_it_serves_this_machine_alone_and_tells_nobody(self, tmp_path: Path, capsys: Any) -> None:
        url = "postgresql://fieldhouse:a-secret@db.example.com:5432/analytics"
        settings = load({"HOME": str(tmp_path)}, tmp_path, warehouse_url=url)
        calls: list[tuple[Any, int]] = []
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        assert (
            run(settings, port=port, max_age=timedelta(hours=2), serve=lambda *a: calls.append(a), find=bool)
            == 0
        )
        ((served, given),) = calls
        assert callable(served)
        assert given == port
        assert "a-secret" not in "".join(capsys.readouterr())

    def test_the_extra_is_named(self, tmp_path: Path) -> None:
        settings = load({"HOME": str(tmp_path)}, tmp_path)
        with pytest.raises(FixSettings, match=re.escape(install_command("dashboard"))):
            run(settings, port=8501, max_age=timedelta(hours=2), find=lambda name: None)

    def test_a_port_that_is_taken_is_said(self, tmp_path: Path) -> None:
        settings = load({"HOME": str(tmp_path)}, tmp_path)
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            with pytest.raises(FixSettings, match="--port"):
                run(settings, port=taken.getsockname()[1], max_age=timedelta(hours=2), find=bool)

    def test_a_wrong_address_and_a_wrong_age_stop_it(self, tmp_path: Path) -> None:
        settings = load({"HOME": str(tmp_path)}, tmp_path, warehouse_url="mysql://x")
        with pytest.raises(WarehouseSettingsError, match="scheme"):
            run(settings, port=8599, max_age=timedelta(hours=2), find=bool)
        assert CommandRunner(tmp_path).run("dashboard", "--max-age", "soon").code == 2


def test_a_build_gives_readers_their_copy(tmp_path: Path) -> None:
    if not find_spec("dbt"):
        pytest.skip("needs pip install 'fieldhouse[marts]'")
    copy = tmp_path / "published.duckdb"
    with open_warehouse(f"duckdb:///{tmp_path}/warehouse.duckdb").session() as session:
        session.prepare("bossdesk")
    assert CommandRunner(tmp_path).run("build", WAREHOUSE__PUBLISH=str(copy)).code == 0
    with duckdb.connect(str(copy), read_only=True) as stored:
        assert stored.sql("SELECT count(*) FROM marts.tickets").fetchall() == [(0,)]
    assert stat.S_IMODE(os.stat(copy).st_mode) == 0o600
