"""The command ``schema diff``: against the last run, and against what is declared."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from fieldhouse.sources.sandbox.notific.api import NotificSandbox
from fieldhouse.warehouse.connect import open_warehouse
from tests.support.cli_runner import CommandRunner, command_runner

CHOSEN = ("--tables", "groups,tags")


@pytest.fixture
def box() -> BossDeskSandbox:
    return BossDeskSandbox(size=0.05, edge_cases=True)


@pytest.fixture
def at(tmp_path: Path, box: BossDeskSandbox, warehouse_url: str) -> Iterator[CommandRunner]:
    with command_runner(tmp_path, box, WAREHOUSE__URL=warehouse_url) as results:
        yield results


def messages(at: CommandRunner, *arguments: str) -> dict[str, Any]:
    results: dict[str, Any] = at.run("schema", "diff", "--json", *arguments).json["vendors"]["bossdesk"]
    return results


def differences(
    results: dict[str, Any], table: str = "groups"
) -> dict[tuple[str, str], tuple[str, str, str]]:
    return {
        (item["table"], item["column"]): (item["difference"], item["type"], item["beside"])
        for item in results["tables"][table]["declared"]
        if item["difference"] != "never seen"
    }


def test_of_no_warehouse_makes_none(tmp_path: Path) -> None:
    output = CommandRunner(tmp_path).run("schema", "diff", "--exit-code")
    assert (output.code, list(tmp_path.glob("*.duckdb"))) == (2, [])
    assert "does not exist" in output.err


def test_a_first_sync_differs_in_nothing(at: CommandRunner, box: BossDeskSandbox) -> None:
    assert at.run("sync", *CHOSEN).code == 0
    asked = box.requests()
    results = messages(at)
    assert results["synced"]
    assert results["undeclared_tables"] == []
    assert differences(results) == {}
    assert [item["action"] for item in results["tables"]["groups"]["changes"]] == ["created"]
    assert differences(results, "tickets") == {("tickets", ""): ("not synced", "", "")}
    at.run("sync", *CHOSEN)
    assert messages(at)["differs"] is False
    assert at.run("schema", "diff", "--exit-code").code == 0
    assert box.requests() > asked  # by the second sync
    asked = box.requests()
    at.run("schema", "diff")
    assert box.requests() == asked


def test_what_nobody_declared(at: CommandRunner, box: BossDeskSandbox) -> None:
    at.run("sync", *CHOSEN)
    box.add_field("groups", "Colour", "red", touch=True)
    box.add_field("groups", "size", lambda row: row["id"], touch=True)
    box.add_field("groups", "rooms", [{"floor": 1}], touch=True)
    at.run("sync", *CHOSEN)
    box.add_field("groups", "size", lambda row: "big" if row["id"] % 2 else row["id"], touch=True)
    box.add_field("groups", "name", lambda row: {"en": "hidden"}, touch=True)
    assert at.run("sync", *CHOSEN).code == 0

    results = messages(at)
    assert differences(results) == {
        ("groups", "colour"): ("undeclared", "text", ""),
        ("groups", "size"): ("undeclared", "bigint", ""),
        ("groups", "size__v_text"): ("variant", "text", "size"),
        ("groups", "name__v_text"): ("variant", "text", "name"),
        ("groups__rooms", ""): ("undeclared", "", ""),
    }
    assert [
        (item["column"], item["action"], item["to_type"]) for item in results["tables"]["groups"]["changes"]
    ] == [
        ("name__v_text", "variant", "text"),
        ("size__v_text", "variant", "text"),
    ]
    originals = {item["column"]: item["original"] for item in results["tables"]["groups"]["declared"]}
    assert originals["colour"] == "Colour"
    assert len(messages(at, "--since", "2020-01-01")["tables"]["groups"]["changes"]) > 5
    assert messages(at, "--since", "2999-01-01")["tables"]["groups"]["changes"] == []
    assert "hidden" not in str(results)

    complete = results["tables"]["groups"]["whole"]
    with open_warehouse(at.variables["WAREHOUSE__URL"]).session() as session:
        rows = session.fetch(f"SELECT id, {complete['groups.size']} FROM bossdesk.groups ORDER BY id")
    assert rows == [(id, "big" if id % 2 else str(id)) for id, _ in rows]
    assert {value for _, value in rows} > {"big"}

    output = at.run("schema", "diff", "--exit-code")
    assert output.code == 4
    lines = [" ".join(line.split()) for line in output.out.splitlines()]
    assert "groups colour undeclared text Colour" in lines
    assert "groups size__v_text variant of size text size" in lines
    assert "groups__rooms undeclared table" in lines
    assert f"groups.size with its variants: {complete['groups.size']}" in lines


def test_what_is_declared_and_not_there_or_other(at: CommandRunner) -> None:
    at.run("sync", *CHOSEN)
    with open_warehouse(at.variables["WAREHOUSE__URL"]).session() as session:
        session.db.execute("ALTER TABLE bossdesk.groups DROP COLUMN name")
        session.db.change_types("bossdesk", "groups", {"created_at": ("date", "CAST(created_at AS date)")})
        session.db.execute("UPDATE bossdesk.groups SET updated_at = NULL")
        session.db.execute("CREATE TABLE bossdesk.left_over (id bigint)")
    results = messages(at)
    assert results["undeclared_tables"] == ["left_over"]
    assert {
        (item["column"], item["difference"], item["type"], item["declared_type"])
        for item in results["tables"]["groups"]["declared"]
    } == {
        ("name", "missing", "", "text"),
        ("created_at", "other type", "date", "timestamp"),
        ("updated_at", "never seen", "timestamp", "timestamp"),
    }
    assert "declared and never seen in groups: updated_at" in at.run("schema", "diff").out


def test_what_the_settings_hide_is_not_missing(tmp_path: Path, box: BossDeskSandbox) -> None:
    with command_runner(tmp_path, box, SOURCES__BOSSDESK__EXCLUDE_COLUMNS="groups.name",
              SOURCES__BOSSDESK__HASH_COLUMNS="tags.owner_class,tags.created_at") as at:  # fmt: skip
        at.run("sync", *CHOSEN)
        results = messages(at)
    assert differences(results) == differences(results, "tags") == {}


def test_discarded_fields_are_told(tmp_path: Path, box: BossDeskSandbox) -> None:
    with command_runner(tmp_path, box, SOURCES__BOSSDESK__SCHEMA_DRIFT="discard") as at:
        at.run("sync", *CHOSEN)
        box.add_field("groups", "colour", "red", touch=True)
        at.run("sync", *CHOSEN)
        results = messages(at)
    assert differences(results) == {("groups", "colour"): ("discarded", "text", "")}


def test_only_what_is_asked_for(at: CommandRunner) -> None:
    at.run("sync", *CHOSEN)
    assert list(messages(at, "--tables", "gr*")["tables"]) == ["groups"]
    assert list(messages(at, "bossdesk", "--tables", "tags,groups")["tables"]) == ["groups", "tags"]
    assert at.run("schema", "diff", "--tables", "nothing*").code == 2
    assert at.run("schema", "diff", "bosdesk").code == 2
    assert at.run("schema", "diff", "--since", "yesterday-ish").code == 2


def test_an_account_that_was_never_synced(tmp_path: Path, box: BossDeskSandbox) -> None:
    with command_runner(tmp_path, box, NotificSandbox(edge_cases=True)) as at:
        at.run("sync", "bossdesk", *CHOSEN)
        results = at.run("schema", "diff", "--json").json["vendors"]
    assert {name: item["synced"] for name, item in results.items()} == {"bossdesk": True, "notific": False}
