"""The dbt project as a package of a foreign project with models of the same names, a schema and a prefix of its own."""

from __future__ import annotations

import subprocess
import sys
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
    assert sum(source_file(vendor).count("      - name: ") for vendor in VENDORS.values()) == 100 + 2 * len(
        VENDORS
    )


def dbt(project: Path, *command: str) -> str:
    """The output of a dbt command in the foreign project, in a process of its own."""
    code = "import sys; from dbt.cli.main import dbtRunner; sys.exit(not dbtRunner().invoke(sys.argv[1:]).success)"
    arguments = [*command, "--project-dir", str(project), "--profiles-dir", str(project)]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False, cwd=project
    )
    assert done.returncode == 0, done.stdout[-2000:]
    return done.stdout


@needs_dbt
def test_a_foreign_project_with_models_of_the_same_names(tmp_path: Path) -> None:
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
    dbt(project, "deps")
    dbt(
        project,
        "build",
        "--exclude-resource-type",
        "unit_test",
        "--exclude",
        "package:fieldhouse,resource_type:test",
    )
    dbt(project, "docs", "generate", "--no-compile")
    with open_warehouse(f"duckdb:///{path}").session() as session:
        assert session.fetch("SELECT customer_name FROM ci_marts.fh_invoices") == [("Acme",)]
        assert session.fetch("SELECT name FROM ci.customers") == [("mine",)]
        assert session.fetch("SELECT name FROM ci_marts.fh_customers") == [("Acme",)]
        assert session.fetch("SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'marts'") == [(0,)]
    listed = dbt(
        project, "ls", "--select", "source:fieldhouse.servicebridge.invoices+", "--resource-type", "exposure"
    )
    assert "fieldhouse_dashboard" in listed
