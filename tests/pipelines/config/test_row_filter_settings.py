"""The setting ``where``: its forms, and what is refused with the names of what works."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldhouse.pipelines.config.account import Account
from fieldhouse.pipelines.config.row_filters import row_filters
from fieldhouse.pipelines.config.settings import load
from fieldhouse.sources.engine.errors import FixSettings

BOSSDESK = {
    "SOURCES__BOSSDESK__BASE_URL": "https://mycompany.bossdesk.io/api/v1",
    "SOURCES__BOSSDESK__API_KEY": "a-key",
}
NOTIFIC = {"SOURCES__NOTIFIC__BASE_URL": "https://desk.example.com", "SOURCES__NOTIFIC__API_KEY": "a-key"}
SHIFTBOARD = {
    "SOURCES__SHIFTBOARD__ACCESS_KEY_ID": "57a67b3b-34e4-4c07-a8ca-e7ecb77a7f33",
    "SOURCES__SHIFTBOARD__SIGNATURE_KEY": "Xuzh+MDxcW9/CLPD1Z2wiSX51LVrQrStEZPQWk0P",
}


def account(folder: Path, base: dict[str, str], **where: str) -> Account:
    (vendor,) = {name.split("__")[1] for name in base}
    given = {f"SOURCES__{vendor}__WHERE{name}": value for name, value in where.items()}
    (account,) = load({"HOME": str(folder), **base, **given}, folder).accounts
    return account


def test_filters_come_as_variables_as_json_or_as_a_section(tmp_path: Path) -> None:
    expected = {"tickets": {"status": ("Open",)}}
    assert row_filters(account(tmp_path, BOSSDESK, __TICKETS__STATUS="Open")) == expected
    assert row_filters(account(tmp_path, BOSSDESK, **{"": '{"tickets": {"status": "Open"}}'})) == expected
    (tmp_path / ".dlt").mkdir()
    section = "[sources.shiftboard.where.shifts]\nworkgroup = [12, 15, 12]\npublished = true\n"
    (tmp_path / ".dlt" / "config.toml").write_text(section)
    (read,) = load({"HOME": str(tmp_path), **SHIFTBOARD}, tmp_path).accounts
    assert row_filters(read) == {"shifts": {"workgroup": ("12", "15"), "published": ("true",)}}
    assert read.name == "shiftboard"


@pytest.mark.parametrize(
    ("base", "name", "value", "expected"),
    [
        (
            BOSSDESK,
            "__TICKETS__PRIORITY",
            "1",
            "BOSSDesk cannot filter tickets by 'priority'; it can by status.",
        ),
        (BOSSDESK, "__TEAMS__NAME", "x", "it can filter tickets, cis, users, groups, manufacturers."),
        (BOSSDESK, "__TICKTS__STATUS", "x", "Did you mean 'tickets'?"),
        (BOSSDESK, "__USERS__IS_AGENT", "perhaps", "expected one of true, false"),
        (BOSSDESK, "", '{"tickets": {"status": ["open", "closed"]}}', "takes one value only"),
        (BOSSDESK, "", '{"tickets": "open"}', "expected a table for each table"),
        (BOSSDESK, "", '{"tickets": {"status": []}}', "expected a table for each table"),
        (BOSSDESK, "", "status = open", "expected a table for each table"),
        (NOTIFIC, "__TICKETS__STATUS", "x", "Notific cannot filter tickets, nor any other of its lists."),
    ],
)
def test_what_the_vendor_cannot_filter_is_refused(
    base: dict[str, str], name: str, value: str, expected: str, tmp_path: Path
) -> None:
    with pytest.raises(FixSettings) as error:
        account(tmp_path, base, **{name: value})
    assert expected in str(error.value)
    assert ".where" in str(error.value)


def test_a_filter_needs_deletes(tmp_path: Path) -> None:
    ignoring = {**BOSSDESK, "SOURCES__BOSSDESK__DELETES": "ignore"}
    with pytest.raises(FixSettings, match="cannot be combined with deletes = ignore"):
        account(tmp_path, ignoring, __TICKETS__STATUS="open")
