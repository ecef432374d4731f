"""The command ``check``: credentials, rights per table, filters, for a small price."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldhouse.sources import VENDORS
from fieldhouse.sources.sandbox import SANDBOXES
from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from fieldhouse.warehouse.connect import open_warehouse
from tests.support.cli_runner import command_runner

SECRET = "canary-key-that-nobody-may-see"


@pytest.mark.parametrize("name", SANDBOXES)
def test_every_table_of_every_vendor_can_be_checked(tmp_path: Path, name: str) -> None:
    vendor, box = VENDORS[name], SANDBOXES[name](size=0.1)
    with command_runner(tmp_path, box) as here:
        output = here.run("check", name, "--json")
    assert output.code == 0
    tables = output.json["vendors"][name]["tables"]
    assert list(tables) == [table.name for table in vendor.tables]
    assert {messages["status"] for messages in tables.values()} == {"ok"}
    for table in vendor.tables:
        proven = table.incremental is not None and table.incremental.prove
        assert tables[table.name]["filter"] in (("honoured", "ignored") if proven else ("none", "unproven"))
        assert tables[table.name]["requests"] == (0 if table.embedded_in else 2 if proven else 1)
    assert box.requests() <= 2 * len(vendor.tables) + 3
    assert list(tmp_path.glob("*.duckdb")) == []


def test_what_may_not_be_read_and_what_is_ignored_is_told(tmp_path: Path) -> None:
    box = BossDeskSandbox(size=0.02, edge_cases=True)
    box.denied["tags"] = 402
    box.honours.discard("groups")
    with command_runner(tmp_path, box) as here:
        output = here.run("check")
        document = here.run("check", "--json").json
    assert output.code == 2
    assert "bossdesk: 19 of 20 tables readable" in output.out
    assert "ignored: every sync reads all rows" in output.out
    assert "error: bossdesk.tags: tags is refused with HTTP 402" in output.out
    assert "  -> Give the key the right to read it" in output.out
    tables = document["vendors"]["bossdesk"]["tables"]
    assert (tables["tags"]["status"], tables["groups"]["filter"]) == ("denied", "ignored")
    assert (tables["users"]["status"], tables["users"]["filter"]) == ("ok", "honoured")


def test_a_wrong_key_is_asked_once_and_exits_2(tmp_path: Path) -> None:
    box = BossDeskSandbox(size=0.02, edge_cases=True)
    with command_runner(tmp_path, box) as here:
        output = here.run("check", SOURCES__BOSSDESK__API_KEY=SECRET)
    assert output.code == 2
    assert "does not accept api_key (HTTP 401)" in output.out
    assert output.out.count("error: ") == 1
    assert SECRET not in output.all
    assert box.requests() == 1


def test_wrong_credentials_that_the_clock_meets_first_stop_the_account(tmp_path: Path) -> None:
    box = SANDBOXES["shiftboard"](size=0.02)
    with command_runner(tmp_path, box) as here:
        output = here.run("check", "--json", SOURCES__SHIFTBOARD__SIGNATURE_KEY=SECRET)
    assert output.code == 2
    assert output.json["vendors"]["shiftboard"]["error"]["kind"] == "fix_settings"
    assert SECRET not in output.all


MARTS = (
    "CREATE SCHEMA marts",
    "CREATE TABLE marts.jobs (account VARCHAR(99), number VARCHAR(99), total NUMERIC(18, 2))",
    "INSERT INTO marts.jobs VALUES ('servicebridge', '1', NULL), ('servicebridge', NULL, NULL)",
    "INSERT INTO marts.jobs VALUES ('servicesidekick', NULL, NULL)",
    "CREATE TABLE marts.customers (account VARCHAR(99), name VARCHAR(99))",
)


def test_mart_columns_that_no_row_of_the_account_fills_are_told(tmp_path: Path, warehouse_url: str) -> None:
    box = SANDBOXES["servicebridge"](size=0.02)
    with command_runner(tmp_path, box) as here:
        before = here.run("check", "--warehouse", warehouse_url)
        with open_warehouse(warehouse_url).session() as session:
            for statement in MARTS:
                session.db.execute(statement)
        output = here.run("check", "--warehouse", warehouse_url)
        document = here.run("check", "--warehouse", warehouse_url, "--json").json
    warnings = [line for line in output.out.splitlines() if line.startswith("warning: ")]
    assert (before.code, output.code) == (0, 0)
    assert "marts" not in before.out
    assert warnings == [
        "warning: marts.jobs.total is empty in all 2 rows of servicebridge: the vendor sends none of the fields that"
        " it is made from"
    ]
    (empty,) = document["vendors"]["servicebridge"]["empty_columns"]
    assert empty == {"mart": "jobs", "column": "total", "account": "servicebridge", "rows": 2}


def test_a_warehouse_that_cannot_be_read_is_a_note(tmp_path: Path) -> None:
    box = SANDBOXES["notific"](size=0.02)
    (tmp_path / "warehouse.duckdb").write_text("no database")
    with command_runner(tmp_path, box) as here:
        output = here.run("check")
    assert output.code == 0
    assert "readable" in output.out
    assert "warning: the columns of the marts were not checked: " in output.out
