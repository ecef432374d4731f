"""The section `[marts]` and its overrides: what they accept, what they refuse, and what a build counts with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fieldhouse.pipelines.build_marts import build
from fieldhouse.pipelines.config.marts_variables import marts_variables
from fieldhouse.pipelines.config.settings import Settings, load
from fieldhouse.sources.engine.errors import FixSettings
from fieldhouse.warehouse.connect import open_warehouse
from tests.support.marts.marts_warehouse import needs_dbt
from tests.support.marts.raw_tables import write_tables
from tests.support.runs.long_runs import leave_to_long_runs

BOSSDESK = {
    "SOURCES__BOSSDESK__BASE_URL": "https://desk.example/api/v1",
    "SOURCES__BOSSDESK__API_KEY": "key",
    "SOURCES__BOSSDESK__EMEA__BASE_URL": "https://emea.example/api/v1",
    "SOURCES__BOSSDESK__EMEA__API_KEY": "key",
}


def loaded(folder: Path, text: str = "", **environment: str) -> Settings:
    (folder / ".dlt").mkdir(exist_ok=True)
    (folder / ".dlt" / "config.toml").write_text(text)
    return load({"HOME": str(folder), **environment}, folder)


def test_nothing_set_leaves_the_defaults_of_the_project(tmp_path: Path) -> None:
    variables = marts_variables(loaded(tmp_path, **BOSSDESK))
    assert {name: value for name, value in variables.items() if value} == {}


def test_the_section_and_an_accounts_own_values(tmp_path: Path) -> None:
    (tmp_path / "days.csv").write_text("date\n2026-12-26\n\n2026-12-25;Christmas\n")
    text = f"""
[marts]
time_zone = "America/Chicago"
business_hours = "08:00-16:30"
holidays = [2026-12-25, "2027-01-01"]
week_start = "Sunday"
currency = "usd"

[sources.bossdesk]
business_days = "mon-thu,sat"

[sources.bossdesk.emea]
time_zone = "Europe/Berlin"
week_start = "mon"
currency = "EUR"
holidays = "{tmp_path}/days.csv"

[sources.bossdesk.emea.business_hours]
mon-fri = "09:00-17:00"
sat = ["08:00-12:00", "13:00-15:00"]
"""
    assert marts_variables(loaded(tmp_path, text, **BOSSDESK)) == {
        "zone": "America/Chicago",
        "business_hours": {str(day): ["08:00-16:30"] for day in (1, 2, 3, 4, 5)},
        "holidays": ["2026-12-25", "2027-01-01"],
        "week_start": 7,
        "currency": "USD",
        "currencies": {"bossdesk_emea": "EUR"},
        "zones": {"bossdesk_emea": "Europe/Berlin"},
        "week_starts": {"bossdesk_emea": 1},
        "account_holidays": {"bossdesk_emea": ["2026-12-25", "2026-12-26"]},
        "account_business_hours": {
            "bossdesk": {str(day): ["08:00-16:30"] for day in (1, 2, 3, 4, 6)},
            "bossdesk_emea": {
                **{str(day): ["09:00-17:00"] for day in (1, 2, 3, 4, 5)},
                "6": ["08:00-12:00", "13:00-15:00"],
            },
        },
    }


@pytest.mark.parametrize(
    ("address", "pages"),
    [
        ("https://acme.servicesidekick.com/", {"servicesidekick": "https://acme.servicesidekick.com"}),
        ("http://127.0.0.1:8800", None),
    ],
)
def test_the_pages_of_an_account_are_where_its_api_is(
    tmp_path: Path, address: str, pages: dict[str, str] | None
) -> None:
    settings = loaded(
        tmp_path, SOURCES__SERVICESIDEKICK__BASE_URL=address, SOURCES__SERVICESIDEKICK__API_TOKEN="token"
    )
    assert marts_variables(settings).get("addresses") == pages


def test_the_environment_holds_the_same(tmp_path: Path) -> None:
    variables = marts_variables(
        loaded(
            tmp_path,
            MARTS__TIME_ZONE="Europe/Berlin",
            MARTS__BUSINESS_DAYS="thu-mon",
            MARTS__BUSINESS_HOURS="thu=09:00-12:00,13:00-17:00,fri=22:00-06:00,sat-mon=00:00-24:00",
            MARTS__HOLIDAYS="2026-12-25,2026-12-26",
            MARTS__WEEK_START="saturday",
        )
    )
    assert variables["business_hours"] == {
        "1": ["00:00-24:00"],
        "4": ["09:00-12:00", "13:00-17:00"],
        "5": ["22:00-06:00"],
        "6": ["00:00-24:00"],
        "7": ["00:00-24:00"],
    }
    assert variables["holidays"] == ["2026-12-25", "2026-12-26"]
    assert variables["week_start"] == 6


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("TIME_ZONE", "Chicago", "IANA time zone such as America/Chicago"),
        ("BUSINESS_DAYS", "mon-fry", "day of the week"),
        ("BUSINESS_HOURS", "9-17", "09:00-17:00"),
        ("BUSINESS_HOURS", "09:00-09:00", "09:00-17:00"),
        ("BUSINESS_HOURS", "someday=09:00-17:00", "day of the week"),
        ("HOLIDAYS", "2026-02-30", "2026-12-25"),
        ("HOLIDAYS", "no-such-file.csv", "path of a CSV"),
        ("WEEK_START", "first", "day of the week"),
        ("CURRENCY", "dollars", "ISO 4217 code such as USD"),
    ],
)
@pytest.mark.parametrize("section", ["MARTS", "SOURCES__BOSSDESK"])
def test_a_wrong_value_is_refused_with_its_name(
    tmp_path: Path, section: str, name: str, value: str, expected: str
) -> None:
    with pytest.raises(FixSettings, match=expected) as error:
        loaded(tmp_path, **{**BOSSDESK, f"{section}__{name}": value})
    assert f"{section.lower().replace('__', '.')}.{name.lower()}" in str(error.value)


@pytest.mark.parametrize(
    "line",
    [
        "business_days = 5.5",
        "business_days = false",
        "business_hours = 9",
        "business_hours = { mon = 9 }",
        "holidays = 2026",
        "holidays = { a = 1 }",
        "week_start = true",
    ],
)
def test_a_value_of_a_wrong_type_is_refused_with_its_name(tmp_path: Path, line: str) -> None:
    (tmp_path / ".dlt").mkdir()
    (tmp_path / ".dlt" / "config.toml").write_text(f"[marts]\n{line}\n")
    with pytest.raises(FixSettings, match="expected") as error:
        load({"HOME": str(tmp_path)}, tmp_path)
    assert f"marts.{line.partition(' ')[0]}" in str(error.value)


def test_an_unknown_name_in_the_section_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FixSettings, match=r"marts\.time_zone"):
        loaded(tmp_path, '[marts]\ntime_zon = "UTC"')


@needs_dbt
def test_business_minutes_equal_a_count_minute_by_minute(warehouse_url: str, tmp_path: Path) -> None:
    """Round the clock, over midnight, a break at noon, a shorter Saturday, holidays, and a change of clocks.

    On Postgres, the worlds of the oracle have business hours as well.
    """
    if not warehouse_url.startswith("duckdb:"):
        leave_to_long_runs()
    calendars: dict[str, dict[str, Any]] = {
        "bossdesk": {"zone": "America/Chicago", "hours": {5: [("22:00", "06:00")], 6: [("10:00", "14:00")]}},
        "bossdesk_emea": {
            "zone": "Europe/Berlin",
            "hours": {day: [("09:00", "12:00"), ("13:00", "17:00")] for day in range(1, 6)},
        },
        "bossdesk_round": {
            "zone": "Australia/Sydney",
            "hours": {day: [("00:00", "24:00")] for day in range(1, 8)},
        },
    }
    spans = [
        ("2026-10-23T12:00", "2026-10-26T12:00"),
        ("2026-10-30T20:30", "2026-11-01T12:34"),
        ("2026-10-31T00:00", "2026-10-31T00:01"),
        ("2026-10-02T00:00", "2026-10-12T00:00"),
    ]
    rows = [
        {"id": number, "status": "closed", "created_at": at(opened), "closed_at": at(closed)}
        for number, (opened, closed) in enumerate(spans)
    ]
    write_tables(warehouse_url, {account: {"tickets": rows} for account in calendars})
    environment = {
        "SOURCES__BOSSDESK__TIME_ZONE": "America/Chicago",
        "SOURCES__BOSSDESK__BUSINESS_HOURS": "fri=22:00-06:00,sat=10:00-14:00",
        "SOURCES__BOSSDESK__EMEA__TIME_ZONE": "Europe/Berlin",
        "SOURCES__BOSSDESK__EMEA__BUSINESS_HOURS": "09:00-12:00,13:00-17:00",
        "SOURCES__BOSSDESK__EMEA__HOLIDAYS": "2026-10-26",
        "SOURCES__BOSSDESK__ROUND__BASE_URL": "https://round.example/api/v1",
        "SOURCES__BOSSDESK__ROUND__API_KEY": "key",
        "SOURCES__BOSSDESK__ROUND__TIME_ZONE": "Australia/Sydney",
        "SOURCES__BOSSDESK__ROUND__BUSINESS_HOURS": "00:00-24:00",
        "SOURCES__BOSSDESK__ROUND__BUSINESS_DAYS": "mon-sun",
        "MARTS__HOLIDAYS": "2026-10-10",
    }
    settings = load({"HOME": str(tmp_path), **BOSSDESK, **environment}, tmp_path, warehouse_url=warehouse_url)
    report = build(settings, variables={"now": "2026-11-02T15:00:00Z"}, tests=False)
    assert report.problems == ()
    holidays = {"bossdesk": {"2026-10-10"}, "bossdesk_emea": {"2026-10-26"}, "bossdesk_round": {"2026-10-10"}}
    expected = {
        f"{account}:ticket:{number}": counted(at(opened), at(closed), calendar, holidays[account])
        for account, calendar in calendars.items()
        for number, (opened, closed) in enumerate(spans)
    }
    with open_warehouse(warehouse_url).session() as session:
        actual = session.fetch("SELECT ticket_key, resolution_business_minutes FROM marts.ticket_metrics")
        zones = session.fetch("SELECT account, zone_source, time_zone FROM marts.accounts ORDER BY 1")
    assert dict(actual) == expected
    assert zones == [
        (account, "setting", calendar["zone"]) for account, calendar in sorted(calendars.items())
    ]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def counted(since: datetime, until: datetime, calendar: dict[str, Any], holidays: set[str]) -> int:
    """Business minutes, one by one: the clock on the wall decides for each."""
    zone, minutes = ZoneInfo(calendar["zone"]), 0
    moment = since
    while moment < until:
        local = moment.astimezone(zone)
        yesterday = local - timedelta(days=1)
        clock = f"{local:%H:%M}"
        for day, is_next in ((local, False), (yesterday, True)):
            if f"{day:%Y-%m-%d}" in holidays:
                continue
            for opens, closes in calendar["hours"].get(day.isoweekday(), ()):
                is_over_midnight = opens >= closes
                if not is_next and opens <= clock and (is_over_midnight or clock < closes):
                    minutes += 1
                if is_next and is_over_midnight and clock < closes:
                    minutes += 1
        moment += timedelta(minutes=1)
    return minutes
