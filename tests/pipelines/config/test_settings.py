"""Settings enter by one door: places, names, types, and errors that say what to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fieldhouse.pipelines.config.account import Account
from fieldhouse.pipelines.config.settings import load
from fieldhouse.sources import VENDORS
from fieldhouse.sources.engine.errors import FixSettings
from fieldhouse.sources.engine.redact import redact, remember

ROOT = Path(__file__).parent.parent.parent.parent
BOSSDESK = {
    "SOURCES__BOSSDESK__BASE_URL": "https://mycompany.bossdesk.io/api/v1",
    "SOURCES__BOSSDESK__API_KEY": "canary-key-of-bossdesk",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".dlt").mkdir()
    return tmp_path


def write(project: Path, name: str, text: str, mode: int = 0o600) -> None:
    path = project / ".dlt" / name
    path.write_text(text)
    path.chmod(mode)


def accounts(environment: dict[str, str], project: Path) -> tuple[Account, ...]:
    return load({"HOME": str(project / "home"), **environment}, project).accounts


def refused(environment: dict[str, str], project: Path) -> str:
    with pytest.raises(FixSettings) as error:
        accounts(environment, project)
    return str(error.value)


def test_without_settings_there_is_a_default_warehouse_and_no_account(project: Path) -> None:
    settings = load({"HOME": str(project)}, project)
    assert settings.warehouse_url == "duckdb:///fieldhouse.duckdb"
    assert settings.accounts == ()
    with pytest.raises(FixSettings, match="no vendor is configured") as error:
        settings.choose([])
    assert "fieldhouse demo" in str(error.value)


def test_the_environment_wins_over_secrets_and_those_over_the_configuration(project: Path) -> None:
    write(
        project,
        "config.toml",
        '[sources.bossdesk]\nbase_url = "https://a.example"\ntables = ["tickets"]\nsweep_every = "6h"',
    )
    write(
        project,
        "secrets.toml",
        '[sources.bossdesk]\nbase_url = "https://b.example"\napi_key = "from-the-file"',
    )
    (account,) = accounts({"SOURCES__BOSSDESK__API_KEY": "from-the-environment"}, project)
    assert account.settings.base_url == "https://b.example"
    assert account.settings.api_key.get_secret_value() == "from-the-environment"  # type: ignore[attr-defined]
    assert account.settings.tables == ["tickets"]
    assert account.settings.sweep_every == timedelta(hours=6)


def test_a_named_section_is_an_account_of_its_own(project: Path) -> None:
    emea = {name.replace("BOSSDESK__", "BOSSDESK__EMEA__"): value for name, value in BOSSDESK.items()}
    settings = load({"HOME": str(project), **BOSSDESK, **emea}, project)
    assert [(account.name, account.schema) for account in settings.accounts] == [
        ("bossdesk", "bossdesk"),
        ("bossdesk.emea", "bossdesk_emea"),
    ]
    assert [account.name for account in settings.choose(["bossdesk"])] == ["bossdesk", "bossdesk.emea"]
    assert [account.name for account in settings.choose(["bossdesk.emea"])] == ["bossdesk.emea"]


def test_lists_and_durations_are_read_from_the_environment(project: Path) -> None:
    extra = {
        "SOURCES__BOSSDESK__TABLES": "tickets, helpdesk_*",
        "SOURCES__BOSSDESK__SWEEP_EVERY": "0",
        "SOURCES__BOSSDESK__DETAIL_MAX_AGE": "90m",
    }
    (account,) = accounts({**BOSSDESK, **extra}, project)
    assert account.settings.sweep_every == timedelta(0)
    assert account.settings.detail_max_age == timedelta(minutes=90)
    names = [table.name for table in account.tables()]
    assert names == ["tickets", "helpdesk_extended_statuses", "helpdesk_priorities", "helpdesk_categories"]
    assert [table.name for table in account.tables(["helpdesk_p*"])] == ["helpdesk_priorities"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"SOURCES__BOSSDESK__API_KEY": ""}, ["sources.bossdesk", "api_key, or username and password"]),
        (
            {"SOURCES__BOSSDESK__BASE_URL": "mycompany"},
            ["sources.bossdesk.base_url", "https://", "SOURCES__BOSSDESK__BASE_URL"],
        ),
        ({"SOURCES__BOSSDESK__SWEEP": "1h"}, ["sources.bossdesk.sweep", "no such setting", "sweep_every"]),
        ({"SOURCES__BOSDESK__API_KEY": "x"}, ["sources.bosdesk", "Did you mean sources.bossdesk"]),
        ({"SOURCES__BOSSDESK__SWEEP_EVERY": "soon"}, ["sources.bossdesk.sweep_every", "24h"]),
        ({"SOURCES__BOSSDESK__DELETES": "maybe"}, ["sources.bossdesk.deletes", "'soft'"]),
        (
            {"SOURCES__BOSSDESK__MAX_DELETE_SHARE": "2"},
            ["sources.bossdesk.max_delete_share", "less than or equal to 1"],
        ),
        (
            {"SOURCES__BOSSDESK__BASE_URL": "http://desk.example"},
            ["plain http to desk.example", "allow_http"],
        ),
        ({"WAREHOUSE__URI": "x"}, ["warehouse.uri", "Did you mean warehouse.url"]),
        ({"WAREHOUSE__SHARE_LIMITS": "perhaps"}, ["warehouse.share_limits", "expected true or false"]),
        ({"WAREHOUSE__SHARE_LIMITS": "true"}, ["warehouse.share_limits", "Expected a warehouse in Postgres"]),
        (
            {"WAREHOUSE__LOCK_WAIT": "long"},
            ["warehouse.lock_wait", "valid number", "WAREHOUSE__LOCK_WAIT=600"],
        ),
        ({"WAREHOUSE__LOCK_WAIT": "-3"}, ["warehouse.lock_wait", "greater than or equal to 0"]),
        ({"WAREHOUSE__URL": ""}, ["warehouse.url", "at least 1 character", "duckdb:///fieldhouse.duckdb"]),
        ({"WAREHOUSE__PUBLISH": ""}, ["warehouse.publish", "published.duckdb"]),
        ({"WAREHOUS__URL": "duckdb:///x.duckdb"}, ["WAREHOUS__URL", "Did you mean WAREHOUSE__URL"]),
        ({"SOURCE__BOSSDESK__TABLES": "*"}, ["Did you mean SOURCES__BOSSDESK__TABLES"]),
        ({"SOURCES__BOSSDESK__API_KEY__X": "1"}, ["SOURCES__BOSSDESK__API_KEY__X", "api_key is a setting"]),
        ({"SOURCES__BOSSDESK__START_DATE": "yesterday"}, ["valid date", "START_DATE=2025-01-01"]),
        (
            {"SOURCES__BOSSDESK__REQUESTS_PER_SECOND": "0"},
            ["greater than 0", "requests_per_second = 5 under"],
        ),
        (
            {"SOURCES__BOSSDESK__TABLES__X": "1"},
            ["sources.bossdesk.tables", 'tables = ["tickets", "helpdesk_*"]'],
        ),
        (
            {"SOURCES__BOSSDESK__BASE_URL": "https://a.example:99999"},
            ["sources.bossdesk.base_url", "expected"],
        ),
        ({"SOURCES__BOSSDESK__BASE_URL": "https://a.example/a b"}, ["sources.bossdesk.base_url", "expected"]),
        ({"SOURCES__BOSSDESK__BASE_URL": ""}, ["sources.bossdesk.base_url: is empty"]),
        ({"SOURCES__BOSSDESK__API_KEY": "two\nlines"}, ["sources.bossdesk.api_key", "line break"]),
        ({"SOURCES__BOSSDESK__EXCLUDE_COLUMNS": "email"}, ["exclude_columns", "'email'", "*.email"]),
        ({"SOURCES__BOSSDESK__HASH_KEY": " "}, ["sources.bossdesk.hash_key: is empty", "hash_key = "]),
        ({"SOURCES__BOSSDESK__TABLES": "Tickets"}, ["sources.bossdesk.tables", "'Tickets'", "'tickets'"]),
        ({"SOURCES__BOSSDESK__SWEEP_EVERY": "9999999999999d"}, ["sources.bossdesk.sweep_every", "36525d"]),
        ({"SOURCES__BOSSDESK__MAX_DURATION": "9" * 400}, ["sources.bossdesk.max_duration", "24h"]),
        ({"SOURCES__BOSSDESK__DETAIL_MAX_AGE": f"{'9' * 400}h"}, ["detail_max_age", "at most 36525d"]),
        ({"SOURCES__BOSSDESK__REQUESTS_PER_SECOND": "inf"}, ["requests_per_second", "100000"]),
        ({"SOURCES__BOSSDESK__REQUESTS_PER_HOUR": "9" * 20}, ["requests_per_hour", "10000000"]),
        ({"SOURCES__BOSSDESK__BASE_URL": "https://a.example?x=canary"}, ["base_url", "without ? and #"]),
        ({"SOURCES__BOSSDESK__HASH_COLUMNS": "tickts.title"}, ["hash_columns", "no table", "'tickets'"]),
    ],
)
def test_what_is_wrong_is_named_with_an_example(
    project: Path, change: dict[str, str], expected: list[str]
) -> None:
    message = refused({**BOSSDESK, **change}, project)
    for part in expected:
        assert part in message
    assert "canary" not in message


def test_a_first_day_that_is_still_to_come_is_refused(project: Path) -> None:
    """Tomorrow may be today at the vendor."""
    today = datetime.now(UTC).date()
    for days in (0, 1):
        given = {"SOURCES__BOSSDESK__START_DATE": str(today + timedelta(days=days))}
        assert accounts({**BOSSDESK, **given}, project)
    message = refused({**BOSSDESK, "SOURCES__BOSSDESK__START_DATE": str(today + timedelta(days=3))}, project)
    assert "sources.bossdesk.start_date: expected a date that is not in the future" in message
    assert "start_date = " in message


def test_a_wrong_value_is_never_shown(project: Path) -> None:
    message = refused({**BOSSDESK, "SOURCES__BOSSDESK__MAX_CONCURRENCY": "canary-typed-here"}, project)
    assert "max_concurrency" in message
    assert "canary" not in message


def test_secrets_are_hidden_from_then_on(project: Path) -> None:
    accounts(BOSSDESK, project)
    assert redact("sent canary-key-of-bossdesk") == "sent [secret]"
    assert redact("https://h.example/x?key=1&b=2 failed") == "https://h.example/x?[redacted] failed"


def test_the_mask_is_not_hidden_in_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fieldhouse.sources.engine.redact._secrets", set())
    remember(["secret", "canary-key"])
    assert redact("canary-key and secret") == "[secret] and [secret]"


@pytest.mark.parametrize("text", ["users", "superuser", "user2", "tickets, users, groups"])
def test_a_short_word_as_secret_does_not_garble_other_words(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr("fieldhouse.sources.engine.redact._secrets", set())
    remember(["user"])
    assert redact(text) == text
    assert redact(f"{text}: user:user@proxy key_user") == f"{text}: [secret]:[secret]@proxy key_[secret]"


def test_a_longer_secret_is_hidden_inside_other_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fieldhouse.sources.engine.redact._secrets", set())
    remember(["hunters", "ab12"])
    assert redact("xhuntersx zab12z") == "x[secret]x z[secret]z"


def test_a_secrets_file_that_others_can_read_is_said(project: Path) -> None:
    write(project, "secrets.toml", '[warehouse]\nurl = "duckdb:///x.duckdb"', mode=0o644)
    (warning,) = load({"HOME": str(project / "home")}, project).warnings
    assert "chmod 600" in warning


def test_a_table_that_is_none_is_said_with_the_nearest(project: Path) -> None:
    (account,) = accounts(BOSSDESK, project)
    with pytest.raises(FixSettings, match="Did you mean 'tickets'"):
        account.tables(["tikets"])


@pytest.mark.parametrize("given", ["duckdb:///own.duckdb\r", " duckdb:///own.duckdb\n"])
def test_an_address_on_the_command_line_is_read_like_a_setting(project: Path, given: str) -> None:
    def url(text: str) -> str:
        return load({"HOME": str(project / "home")}, project, warehouse_url=text).warehouse_url

    assert url(given) == "duckdb:///own.duckdb"
    for wrong in ("", " ", "duckdb:///a\nb.duckdb"):
        with pytest.raises(FixSettings, match="--warehouse"):
            url(wrong)


def test_the_example_holds_every_setting_and_is_right(project: Path) -> None:
    text = (ROOT / ".dlt" / "example.secrets.toml").read_text()
    write(
        project,
        "secrets.toml",
        "\n".join(line.removeprefix("# ") if " = " in line else line for line in text.splitlines()),
    )
    settings = load({"HOME": str(project / "home")}, project)
    assert {account.name for account in settings.accounts} == {*VENDORS, "bossdesk.emea"}
    for name, vendor in VENDORS.items():
        section = text.split(f"[sources.{name}]")[1].split("\n[")[0]
        missing = [field for field in vendor.settings.model_fields if f"{field} = " not in section]
        assert missing == [], f"{name} lacks {missing}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('sources = "x"', ["sources: expected a section"]),
        ('warehouse = "duckdb:///x.duckdb"', ["warehouse: expected a section", "[warehouse]"]),
        ("[warehouse]\nurl = 5", ["warehouse.url: expected a valid string"]),
        ("[warehouse]\npublish = 5", ["warehouse.publish: expected a valid string"]),
        ("[warehous]\nurl = 'duckdb:///x.duckdb'", ["warehous: no such section", "Did you mean [warehouse]"]),
        ("[bossdesk]\napi_key = 'canary'", ["bossdesk: no such section", "Did you mean [sources.bossdesk]"]),
        (
            "[sources.bossdesk]\nbase_url = 'https://a.example'\napi_key = 'canary'\nrequests_per_hour = true",
            ["sources.bossdesk.requests_per_hour: expected a number", "requests_per_hour = 10000"],
        ),
        ("[sources.bossdesk]\nbase_url = 'https://a.example'", ["needs api_key", "api_key is the API key"]),
    ],
)
def test_what_is_wrong_in_a_file_is_named_with_an_example(
    project: Path, text: str, expected: list[str]
) -> None:
    write(project, "secrets.toml", text)
    message = refused({}, project)
    for part in expected:
        assert part in message
    assert "canary" not in message


def test_a_file_of_another_encoding_is_named(project: Path) -> None:
    (project / ".dlt" / "config.toml").write_bytes(b'[warehouse]\nurl = "\xff"')
    assert "config.toml is no UTF-8 text" in refused({}, project)


def test_sections_and_variables_of_other_programs_are_not_ours(project: Path) -> None:
    write(project, "config.toml", "[runtime]\nlog_level = 'INFO'\n[destination.postgres]\ndataset = 'x'")
    assert accounts({"WAREHOUSES__OF__OTHERS": "1", "SOURCE__CODE": "x", "A__B": "c"}, project) == ()


def test_every_setting_has_an_example_that_is_right() -> None:
    for vendor in VENDORS.values():
        given = {
            name: info.examples[0] for name, info in vendor.settings.model_fields.items() if info.examples
        }
        assert given.keys() == vendor.settings.model_fields.keys()
        vendor.settings(**given)


def test_what_a_vendor_needs_is_said_with_its_credentials(project: Path) -> None:
    with pytest.raises(FixSettings, match="needed: base_url, api_key, or username and password"):
        load({"HOME": str(project)}, project).choose(["bossdesk"])
