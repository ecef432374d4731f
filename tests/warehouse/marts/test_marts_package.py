"""The dbt project as a package of a foreign project with models of the same names, a schema and a prefix of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from fieldhouse.pipelines.build_marts import PROJECT
from fieldhouse.pipelines.dbt_sources import FOLDER, source_file
from fieldhouse.sources import VENDORS
from fieldhouse.warehouse.connect import open_warehouse
from tests.support.marts.marts_warehouse import needs_dbt
from tests.support.marts.raw_tables import write_tables

NAMES = ("customers", "jobs", "people", "tickets")


@pytest.mark.parametrize("vendor", sorted(VENDORS))
def test_sources_follow_the_inventory(vendor: str) -> None:
    assert (FOLDER / f"{vendor}.yml").read_text() == source_file(VENDORS[vendor])


def test_sources_name_every_table() -> None:
    assert sum(source_file(vendor).count("      - name: ") for vendor in VENDORS.values()) == 105 + 2 * len(
        VENDORS
    )


COMMANDS = """
import json, sys
from dbt.cli.main import dbtRunner
project, *commands = json.loads(sys.argv[1])
manifest = None
for command in commands:
    said = dbtRunner(manifest=manifest).invoke([*command, "--project-dir", project, "--profiles-dir", project])
    manifest = said.result if command[0] == "parse" else manifest
    print("done" if said.success else "failed", command[0])
"""
BUILD = (
    "build",
    "--exclude-resource-type",
    "unit_test",
    "--exclude",
    "package:fieldhouse,resource_type:test",
)
FRESH, STALE = "source:fieldhouse.servicebridge.invoices", "source:fieldhouse.servicebridge.customers"


def dbt(project: Path, *commands: Sequence[str]) -> list[str]:
    """Whether each command of dbt succeeded, in the foreign project and in a process of their own."""
    arguments = json.dumps([str(project), *commands])
    done = subprocess.run(
        [sys.executable, "-c", COMMANDS, arguments], capture_output=True, text=True, check=False, cwd=project
    )
    results = [line for line in done.stdout.splitlines() if line.startswith(("done ", "failed "))]
    assert len(results) == len(commands), done.stdout[-2000:] + done.stderr[-2000:]
    return results


def descendants(children: Mapping[str, Sequence[str]], node: str) -> set[str]:
    results: set[str] = set()
    waiting = [node]
    while waiting:
        new = set(children[waiting.pop()]) - results
        results |= new
        waiting += new
    return results


@needs_dbt
def test_a_foreign_project_with_models_of_the_same_names(tmp_path: Path) -> None:
    """As in CI of a company: dependencies, build, freshness and docs, in schemas of the target's own."""
    path = tmp_path / "company.duckdb"
    write_tables(
        f"duckdb:///{path}",
        {
            "servicebridge": {
                "customers": [{"id": 1, "name": "Acme", "is_active": True}],
                "invoices": [{"id": 1, "customer__id": 1, "status": "Unpaid"}],
            }
        },
    )
    with open_warehouse(f"duckdb:///{path}").session() as session:
        session.db.execute(
            "INSERT INTO servicebridge._syncs (table_name, outcome, finished_at) VALUES"
            " ('invoices', 'ok', now()), ('customers', 'ok', now() - INTERVAL 80 HOUR)"
        )
    project = tmp_path / "foreign"
    (project / "models").mkdir(parents=True)
    for name in NAMES:
        (project / "models" / f"{name}.sql").write_text("select 'mine' as customer_key, 'mine' as name")
    (project / "dbt_project.yml").write_text(
        "name: foreign\nversion: '1.0'\nprofile: foreign\nvars: {fieldhouse: {prefix: fh_}}\n"
    )
    (project / "packages.yml").write_text(f"packages:\n  - local: {PROJECT.resolve()}\n")
    (project / "profiles.yml").write_text(
        f"foreign: {{target: ci, outputs: {{ci: {{type: duckdb, path: '{path}', schema: ci, threads: 2}}}}}}\n"
    )
    freshness = ("source", "freshness", "--select")
    docs = ("docs", "generate", "--no-compile")
    assert dbt(project, ("deps",), BUILD, docs, (*freshness, FRESH), (*freshness, STALE)) == [
        "done deps",
        "done build",
        "done docs",
        "done source",
        "failed source",
    ]
    with open_warehouse(f"duckdb:///{path}").session() as session:
        assert session.fetch("SELECT customer_name FROM ci_marts.fh_invoices") == [("Acme",)]
        assert session.fetch("SELECT name FROM ci.customers") == [("mine",)]
        assert session.fetch("SELECT name FROM ci_marts.fh_customers") == [("Acme",)]
        assert session.fetch("SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'marts'") == [(0,)]
    manifest = json.loads((project / "target" / "manifest.json").read_text())
    reached = descendants(manifest["child_map"], "source.fieldhouse.servicebridge.invoices")
    assert {"model.fieldhouse.revenue_by_month", "exposure.fieldhouse.fieldhouse_dashboard"} <= reached
    metric = "metric.fieldhouse.resolved_in_time_percent"
    assert metric in descendants(manifest["child_map"], "model.fieldhouse.sla")
    semantic = json.loads((project / "target" / "semantic_manifest.json").read_text())
    assert {model["node_relation"]["alias"] for model in semantic["semantic_models"]} >= {
        "fh_tickets",
        "fh_sla",
    }
    catalogue = json.loads((project / "target" / "catalog.json").read_text())
    described = catalogue["nodes"]["model.fieldhouse.invoices"]
    assert described["metadata"]["schema"] == "ci_marts"
    assert described["metadata"]["comment"].startswith("One row per invoice")
    assert described["columns"]["due_on"]["comment"].startswith("Last day to pay")
