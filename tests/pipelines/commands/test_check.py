"""The command ``check``: credentials, rights per table, filters, for a small price."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldhouse.sources import VENDORS
from fieldhouse.sources.sandbox import SANDBOXES
from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
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
