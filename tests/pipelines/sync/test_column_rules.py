"""Rules that exclude or hash columns: the vendor's own spelling counts, and a rule that matches nothing is reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldhouse.pipelines.sync.column_privacy import column_rule
from fieldhouse.sources.sandbox.notific.api import NotificSandbox
from tests.support.cli_runner import command_runner


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("customers.Email", "customers.email"),
        ("customers.CellPhone", "customers.cell_phone"),
        ("customers.e-mail", "customers.e_mail"),
        ("customers.Address.ZipCode", "customers.address__zip_code"),
        ("*.*Email", "*.*email"),
        ("customers.created_*", "customers.created_*"),
        ("tickets.agent__username", "tickets.agent__username"),
        ("*email*", "*email*"),
    ],
)
def test_a_rule_is_taken_in_the_names_of_columns(rule: str, expected: str) -> None:
    assert column_rule(rule) == expected


@pytest.mark.parametrize("rule", ["customers.Email", "customers.CellPhone", "*.*Email"])
def test_the_vendors_spelling_hides_the_column(tmp_path: Path, rule: str) -> None:
    with command_runner(tmp_path, NotificSandbox(size=0.1, edge_cases=True)) as at:
        result = at.run("sync", "--tables", "customers", SOURCES__NOTIFIC__EXCLUDE_COLUMNS=rule)
        assert result.code == 0
        assert "matches no" not in result.out
        (row,) = at.run(
            "query",
            "SELECT count(*) AS columns FROM information_schema.columns WHERE table_name = 'customers'"
            f" AND column_name = '{column_rule(rule).rpartition('.')[2].strip('*')}'",
            "--json",
        ).json["rows"]
        assert row["columns"] == 0


def test_a_rule_that_matches_nothing_is_reported_by_check_and_by_every_sync(tmp_path: Path) -> None:
    with command_runner(tmp_path, NotificSandbox(size=0.1, edge_cases=True)) as at:
        rule = {"SOURCES__NOTIFIC__HASH_COLUMNS": "customers.nosuch"}
        expected = "sources.notific.hash_columns: 'customers.nosuch' matches no declared or stored column"
        assert expected in at.run("check", **rule).out
        for _ in range(2):
            assert expected in at.run("sync", **rule).out
        assert at.run("sync", "--json", **rule).json["vendors"]["notific"]["notes"] == [expected]
