"""The dashboard by Streamlit's own test kit: each tab on a whole warehouse, on an empty one, and on ones in between."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import stat
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path
from typing import Any

import duckdb
import pytest

from fieldhouse.pipelines.commands.dashboard import PAGE, run
from fieldhouse.pipelines.config.extras import install_command
from fieldhouse.pipelines.config.settings import load
from fieldhouse.sources.engine.errors import FixSettings
from fieldhouse.warehouse.connect import open_warehouse
from fieldhouse.warehouse.dashboard.charts import COLOURS
from fieldhouse.warehouse.dashboard.query import Choice, grain, names, text, written
from fieldhouse.warehouse.dashboard.source import Place, unpacked
from fieldhouse.warehouse.errors import WarehouseSettingsError
from tests.support.cli_runner import CommandRunner
from tests.support.marts import expected_marts as truth_of
from tests.support.marts.marts_warehouse import Built, needs_dbt

needs_streamlit = pytest.mark.skipif(
    not find_spec("streamlit"), reason="needs pip install 'fieldhouse[dashboard]'"
)
TABS = ("Health", "Tickets", "Shifts", "Hours", "Jobs", "People")
OF_THE_HEAD = {"catalogue", "marts_day", "marts_seen", "newest_sync", "time_zones", "teams", "workgroups"}


def shown(place: Place, tab: str, **chosen: Any) -> Any:
    """The page as it stands after its first run; `chosen` are widgets' values by key."""
    from streamlit.testing.v1 import AppTest

    def page(place):  # type: ignore[no-untyped-def] # Streamlit runs its text alone
        from fieldhouse.warehouse.dashboard.app import main

        main(place)

    test = AppTest.from_function(page, args=(place,), default_timeout=120)
    for key, value in {"tab": tab, **chosen}.items():
        test.session_state[key] = value
    test.run()
    assert [each.value for each in test.exception] == []
    return test


def said(test: Any) -> str:
    """All words of the page's boxes and captions."""
    kinds = (test.info, test.warning, test.error, test.caption)
    return "\n".join(each.value for kind in kinds for each in kind)


@pytest.fixture(scope="module")
def whole(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of its own, so that nobody else has the file."""
    copy = tmp_path_factory.mktemp("dashboard") / "company.duckdb"
    with open_warehouse(f"duckdb:///{built.path}").exclusive() as path:  # type: ignore[attr-defined]
        shutil.copy(path, copy)
    return copy


@pytest.fixture
def changed(whole: Path, tmp_path: Path) -> Callable[..., Place]:
    """A copy that may be changed: gives its place and a way to run statements on it."""
    path = Path(shutil.copy(whole, tmp_path / "changed.duckdb"))

    def change(*statements: str) -> Place:
        with duckdb.connect(str(path)) as held:
            for statement in statements:
                held.execute(statement)
        return Place(f"duckdb:///{path}")

    return change


def asked(path: Path, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    with duckdb.connect(str(path), read_only=True) as held:
        held.execute("SET TimeZone = 'UTC'")
        answer = held.execute(sql)
        return [column[0] for column in answer.description], answer.fetchall()


def comparable(values: Sequence[Any]) -> list[str]:
    """A column for comparison: what a table shows as a number, a moment or a word."""
    return [
        "" if value is None or value != value else f"{float(value):.4f}" if _is_number(value) else str(value)
        for value in values
    ]


def _is_number(value: Any) -> bool:
    return not isinstance(value, (str, bool)) and hasattr(value, "__round__")


@needs_dbt
@needs_streamlit
@pytest.mark.parametrize("tab", TABS)
def test_every_figure_shows_what_the_query_under_it_answers(whole: Path, tab: str) -> None:
    test = shown(Place(f"duckdb:///{whole}", max_age_hours=1e6), tab)
    queries = [each.value for each in test.code]
    answers = [asked(whole, sql) for sql in queries]
    filled = [(columns, rows) for columns, rows in answers if rows]
    assert len(queries) >= 3
    assert len(filled) == len(test.dataframe)
    for (columns, rows), frame in zip(filled, test.dataframe, strict=True):
        table = frame.value
        assert list(table.columns) == [column.replace("_", " ") for column in columns]
        for place, column in enumerate(columns):
            if column != "age_hours":
                expected = comparable([row[place] for row in rows])
                assert comparable(list(table[column.replace("_", " ")])) == expected, column
    charts = [json.loads(each.proto.spec) for each in test.get("vega_lite_chart")]
    assert charts
    assert "warning" not in said(test).lower()


@needs_dbt
@needs_streamlit
def test_the_numbers_are_the_vendors_own(whole: Path, built: Built) -> None:
    place = Place(f"duckdb:///{whole}", max_age_hours=1e6)
    everything = {"tickets-period": "All time"}
    open_tickets = sum(count for _, _, count, _ in truth_of.open_tickets(built.truth, built.now))
    overdue = sum(late for *_, late in truth_of.open_tickets(built.truth, built.now))
    found = {each.label: each.value for each in shown(place, "Tickets", **everything).metric}
    assert (found["Open now"], found["Overdue now"]) == (f"{open_tickets}", f"{overdue}")
    assert (
        found["Opened"] == f"{sum(len(built.truth[vendor]['tickets']) for vendor in ('bossdesk', 'notific'))}"
    )
    one = {
        each.label: each.value for each in shown(place, "Tickets", accounts=["notific"], **everything).metric
    }
    assert one["Opened"] == f"{len(built.truth['notific']['tickets'])}"
    hours = {each.label: each.value for each in shown(place, "Hours", **{"hours-period": "All time"}).metric}
    worked = sum(hours for hours, _, _ in truth_of.hours_by_week(built.truth).values())
    assert hours["Scheduled"].split()[0].replace(",", "") in {f"{worked + off:.0f}" for off in (-1, 0, 1)}


@needs_dbt
@needs_streamlit
def test_a_choice_is_in_every_query_of_the_tab(whole: Path) -> None:
    place = Place(f"duckdb:///{whole}")
    test = shown(place, "Tickets", **{"accounts": ["bossdesk"], "tickets-teams": ["Apps"]})
    for query in (each.value for each in test.code):
        assert "account in ('bossdesk')" in query
        assert "in ('Apps')" in query
        assert ":" not in re.sub(r"--.*", "", query)
    shifts = shown(place, "Shifts", **{"shifts-period": "Next 7 days"})
    assert "day >= date '2026-11-02'" in shifts.code[1].value
    assert "day <= date '2026-11-08'" in shifts.code[1].value


@needs_streamlit
@pytest.mark.parametrize("tab", TABS)
def test_where_nothing_is_the_page_says_what_to_do(tmp_path: Path, tab: str) -> None:
    absent = Place(f"duckdb:///{tmp_path}/none.duckdb")
    assert "Run `fieldhouse sync`" in said(shown(absent, tab))
    assert list(tmp_path.iterdir()) == []
    with open_warehouse(f"duckdb:///{tmp_path}/empty.duckdb").session():
        pass
    assert "Nothing is synced yet" in said(shown(Place(f"duckdb:///{tmp_path}/empty.duckdb"), tab))


@needs_dbt
@needs_streamlit
def test_without_marts_health_is_there_and_the_rest_names_the_command(changed: Any) -> None:
    place = changed("DROP SCHEMA marts CASCADE")
    health = shown(place, "Health")
    assert [each.label for each in health.metric][:2] == ["Tables", "Fresh"]
    for tab in TABS[1:]:
        test = shown(place, tab)
        assert "run `fieldhouse build`" in said(test)
        assert not test.metric


@needs_dbt
@needs_streamlit
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
        assert "fieldhouse sync shiftboard" in said(shown(place, tab))
    assert "Without servicesidekick" in said(shown(place, "Jobs"))
    assert "shiftboard" not in {
        row for each in shown(place, "Health").dataframe for row in each.value.get("account", ())
    }


@needs_dbt
@needs_streamlit
def test_what_went_wrong_stands_first_with_its_next_step(changed: Any) -> None:
    place = changed(
        "INSERT INTO bossdesk._syncs (run_id, table_name, started_at, finished_at, outcome, error) VALUES"
        " ('r', 'tickets', now(), now() + INTERVAL 1 SECOND, 'failed', 'bossdesk.tickets: 503. Run it again.')",
        "INSERT INTO bossdesk._schema_changes (changed_at, table_name, column_name, from_type, to_type, action)"
        " VALUES (now(), 'tickets', 'urgency', 'bigint', 'text', 'widened')",
    )
    test = shown(place, "Health")
    numbers = {each.label: each.value for each in test.metric}
    assert numbers["With an error"] == "1"
    (errors,) = (each.value for each in test.dataframe if "next step" in each.value and len(each.value) == 1)
    assert errors["error"][0] == "bossdesk.tickets: 503. Run it again."
    assert errors["next step"][0] == "fieldhouse sync bossdesk --tables tickets"
    freshness = next(each.value for each in test.dataframe if "state" in each.value)
    assert (freshness["state"][0], freshness["table name"][0]) == ("error", "tickets")
    changes = next(each.value for each in test.dataframe if "from type" in each.value)
    assert (changes["column name"][0], changes["action"][0]) == ("urgency", "widened")
    assert "The marts do not know the last sync" in said(test)


@needs_dbt
@needs_streamlit
def test_late_is_what_the_limit_says(whole: Path) -> None:
    fresh = {
        each.label: each.value
        for each in shown(Place(f"duckdb:///{whole}", max_age_hours=1e6), "Health").metric
    }
    late = {
        each.label: each.value
        for each in shown(Place(f"duckdb:///{whole}", max_age_hours=1e-6), "Health").metric
    }
    assert fresh["Tables"] == fresh["Fresh"] == late["Tables"]
    assert fresh["Late"] == "0"


@needs_dbt
@needs_streamlit
def test_an_account_of_any_name_is_only_a_name(changed: Any) -> None:
    """A schema's name reaches SQL as an identifier and as a literal, and neither opens a hole."""
    place = changed(
        'CREATE SCHEMA "notific_o\'b"',
        'CREATE TABLE "notific_o\'b"._syncs AS FROM notific._syncs',
        'CREATE TABLE "notific_o\'b"._schema_changes AS FROM notific._schema_changes',
    )
    test = shown(place, "Health", accounts=["notific_o'b"])
    assert {each.label: each.value for each in test.metric}["Tables"] == "4"


class TestQueries:
    def test_each_begins_with_its_grain_and_is_on_the_page(self) -> None:
        if not find_spec("streamlit"):
            pytest.skip("needs pip install 'fieldhouse[dashboard]'")
        from fieldhouse.warehouse.dashboard.tabs import TABS as tabs

        used = {figure.query for tab in tabs for figure in tab.figures}
        assert used | OF_THE_HEAD == set(names())
        assert [name for name in names() if not re.match(r"One row\b", grain(name))] == []
        assert [tab.name for tab in tabs] == list(TABS)

    def test_a_line_without_its_choice_is_left_out(self) -> None:
        bare = written("backlog_by_day", Choice(("bossdesk",)))
        assert "account" not in bare.partition("from")[2].partition("group")[0]
        day = written("backlog_by_day", Choice(("bossdesk",), first_day=date(2026, 1, 31)))
        assert "and day >= date '2026-01-31'" in day
        assert "day <=" not in day

    def test_a_quote_in_a_team_stays_in_its_literal(self) -> None:
        query = written("backlog_by_day", Choice(("a",), teams=("O'Brien'); DROP TABLE x; --",)))
        assert "('O''Brien''); DROP TABLE x; --')" in query

    def test_nothing_is_written(self) -> None:
        for name in names():
            assert not re.search(
                r"\b(insert|update|delete|create|drop|copy|attach)\b", re.sub(r"--.*", "", text(name))
            )


class TestPeriods:
    def test_they_count_whole_weeks_and_months(self) -> None:
        if not find_spec("streamlit"):
            pytest.skip("needs pip install 'fieldhouse[dashboard]'")
        from fieldhouse.warehouse.dashboard.filters import PERIODS

        today = date(2026, 11, 4)
        assert PERIODS["Last full week"](today) == (date(2026, 10, 26), date(2026, 11, 1))
        assert PERIODS["Last 4 weeks"](today) == (date(2026, 10, 5), today)
        assert PERIODS["Last 12 months"](today) == (date(2025, 12, 1), today)
        assert PERIODS["Next 7 days"](today) == (today, today + timedelta(days=6))


def luminance(channels: Sequence[float]) -> float:
    return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]


def linear(colour: str) -> list[float]:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(linear(one)), luminance(linear(other))))
    return (high + 0.05) / (low + 0.05)


BLINDNESS = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.01182, 0.04294, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.3039),
    ),
}
"""Machado, Oliveira and Fernandes (2009), complete."""


def oklab(colour: str, seen_by: Sequence[Sequence[float]]) -> tuple[float, ...]:
    raw = linear(colour)
    red, green, blue = (
        min(1.0, max(0.0, sum(a * b for a, b in zip(row, raw, strict=True)))) for row in seen_by
    )
    cones = [
        (a * red + b * green + c * blue) ** (1 / 3)
        for a, b, c in ((0.41222, 0.53633, 0.05145), (0.2119, 0.6807, 0.1074), (0.0883, 0.28172, 0.62998))
    ]
    rows = ((0.21045, 0.79362, -0.00407), (1.978, -2.42859, 0.45059), (0.0259, 0.78277, -0.80868))
    return tuple(sum(a * b for a, b in zip(row, cones, strict=True)) for row in rows)


def test_colours_hold_on_both_pages_and_for_every_eye() -> None:
    for colour in COLOURS:
        assert contrast(colour, "#ffffff") >= 3
        assert contrast(colour, "#0e1117") >= 3
    for seen_by in BLINDNESS.values():
        for one, other in combinations(COLOURS[:3], 2):
            pairs = zip(oklab(one, seen_by), oklab(other, seen_by), strict=True)
            assert sum((a - b) ** 2 for a, b in pairs) ** 0.5 > 0.04, (one, other)


class TestCommand:
    def test_it_serves_this_machine_alone_and_tells_nobody(self, tmp_path: Path, capsys: Any) -> None:
        url = "postgresql://fieldhouse:a-secret@db.example.com:5432/analytics"
        settings = load({"HOME": str(tmp_path)}, tmp_path, warehouse_url=url)
        calls: list[tuple[str, list[str], dict[str, Any]]] = []
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        assert (
            run(settings, port=port, max_age=timedelta(hours=2), serve=lambda *a: calls.append(a), find=bool)
            == 0
        )
        ((script, arguments, options),) = calls
        assert Path(script) == PAGE
        assert PAGE.exists()
        assert unpacked(arguments[0]) == Place(url, "", 2.0)
        assert options["server_address"] == "127.0.0.1"
        assert options["browser_gatherUsageStats"] is False
        assert options["server_headless"] is True
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
    assert CommandRunner(tmp_path).run("build", WAREHOUSE__PUBLISH=str(copy)).code == 0
    with duckdb.connect(str(copy), read_only=True) as held:
        assert held.sql("SELECT count(*) FROM marts.tickets").fetchall() == [(0,)]
    assert stat.S_IMODE(os.stat(copy).st_mode) == 0o600
