"""``schema show`` and ``schema export``: the declared tables for people and for tools."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from fieldhouse.pipelines.inspect.declared_schema import declared_tables
from fieldhouse.pipelines.inspect.schema_formats import dbml, json_schema, mermaid, references
from fieldhouse.sources import VENDORS
from tests.support.cli_runner import CommandRunner
from tests.support.sync_harness import duckdb_url, open_harness
from tests.support.vendors.oracle import inventory
from tests.support.vendors.vendor_suite import VENDORS_WITH_SANDBOX, sandbox_of

EVERY = [table for vendor in VENDORS.values() for table in declared_tables(vendor)]


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_table_of_the_inventory_has_its_key_and_relations_that_exist(vendor: str) -> None:
    tables = {table.name: table for table in declared_tables(VENDORS[vendor])}
    for name, expected in inventory(vendor).items():
        assert tables[name].key == expected.key
        assert {column.name for column in tables[name].columns if column.is_key} == set(expected.key)
    relations = [(other, key) for table in tables.values() for _, other, key in table.relations]
    assert all(key in {column.name for column in tables[other].columns} for other, key in relations)
    assert all(table.parent in tables for table in tables.values() if table.name != table.root)


@pytest.mark.parametrize("vendor", VENDORS_WITH_SANDBOX)
def test_declared_columns_and_types_are_those_of_a_synced_table(vendor: str, tmp_path: Path) -> None:
    with open_harness(sandbox_of(vendor), duckdb_url(tmp_path), tmp_path) as harness:
        name = min(
            (table for table in harness.account.tables() if not table.per_parent), key=lambda t: len(t.path)
        ).name
        assert harness.sync(name).exit_code == 0
        with harness.warehouse.session() as session:
            stored = session.catalogue(vendor)
    for table in declared_tables(VENDORS[vendor]):
        if table.name in stored:
            declared = {column.name: column.type for column in table.columns}
            assert declared.items() <= dict(stored[table.name]).items()


def test_show_prints_the_columns_of_a_table_and_of_a_child_table(tmp_path: Path) -> None:
    at = CommandRunner(tmp_path)
    output = at.run("schema", "show", "bossdesk.tickets")
    assert output.code == 0
    assert re.search(r"^requester__id +bigint +users.id", output.out, re.MULTILINE)
    assert "child tables: tickets__comments" in output.out
    both = at.run("schema", "show", "tickets", "--json").json["tables"]
    assert {table["vendor"] for table in both} == {"bossdesk", "notific"}
    (child,) = at.run("schema", "show", "tickets__tasks", "--json").json["tables"]
    assert next(one for one in child["columns"] if one["name"] == "_parent_id")["references"] == "tickets.id"


def test_show_of_an_unknown_table_names_the_nearest(tmp_path: Path) -> None:
    output = CommandRunner(tmp_path).run("schema", "show", "bossdesk.tickts")
    assert output.code == 2
    assert "Did you mean 'bossdesk.tickets'?" in output.err


def test_json_schema_is_valid_and_describes_rows() -> None:
    document = json_schema(EVERY)
    Draft202012Validator.check_schema(document)
    ticket = {"$ref": "#/$defs/bossdesk.tickets", **document}
    assert Draft202012Validator(ticket).is_valid(
        {"id": 1, "title": None, "created_at": "2026-11-02T08:30:00Z"}
    )
    assert not Draft202012Validator(ticket).is_valid({"id": "one"})
    assert not Draft202012Validator(ticket).is_valid({"title": "without a key"})


def test_dbml_has_every_table_column_and_relation() -> None:
    text = dbml(EVERY)
    assert len(re.findall(r"^Table ", text, re.MULTILINE)) == len(EVERY)
    assert len(re.findall(r"^Ref: ", text, re.MULTILINE)) == len(list(references(EVERY)))
    assert sum(bool(re.match(r"  \S+ (?!\{)\S", line)) for line in text.splitlines()) >= sum(
        len(table.columns) for table in EVERY
    )
    assert "Ref: bossdesk.tickets.requester__id > bossdesk.users.id" in text


def test_mermaid_has_an_entity_for_every_table_and_a_line_for_every_relation() -> None:
    tables = declared_tables(VENDORS["shiftboard"])
    lines = mermaid(tables).splitlines()
    assert lines[0] == "erDiagram"
    assert sum(line.endswith("{") and "--" not in line for line in lines) == len(tables)
    assert sum("||--o{" in line for line in lines) == len(list(references(tables)))
    assert len({line.split()[0] for line in mermaid(EVERY).splitlines() if line.endswith("{")}) == len(EVERY)


@pytest.mark.parametrize("form", ["json-schema", "dbml", "mermaid"])
def test_export_prints_one_vendor(tmp_path: Path, form: str) -> None:
    output = CommandRunner(tmp_path).run("schema", "export", "notific", "--format", form)
    assert (output.code, output.err) == (0, "")
    assert "tickets" in output.out
    assert "bossdesk" not in output.out
    if form == "json-schema":
        assert set(json.loads(output.out)["$defs"]) == {
            f"notific.{table.name}" for table in declared_tables(VENDORS["notific"])
        }
