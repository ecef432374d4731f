"""The examples of the page about dlt pipelines: each compiles and calls a source; two of them run as they are."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import fieldhouse.dlt as sources
from fieldhouse.sources.sandbox.notific.api import NotificSandbox
from fieldhouse.sources.sandbox.server import environment, serve

PAGE = (Path(__file__).parents[2] / "docs" / "dlt-pipelines.md").read_text("utf-8")
EXAMPLES = [textwrap.dedent(block) for block in re.findall(r"^ *```python\n(.*?)^ *```", PAGE, re.M | re.S)]
QUERY = re.findall(r"```sql\n(.*?)```", PAGE, re.S)[0]


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_example_compiles_and_imports_sources_that_exist(number: int) -> None:
    tree = ast.parse(EXAMPLES[number])
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "fieldhouse.dlt"
        for alias in node.names
    }
    assert imported <= set(sources.__all__)
    assert imported or "dlt.dataset" in EXAMPLES[number] or "dlt.attach" in EXAMPLES[number]


def test_examples_run_as_they_are(tmp_path: Path) -> None:
    sandbox = NotificSandbox(size=0.1, edge_cases=True)
    (duckdb, files) = [block for block in EXAMPLES if "notific_duckdb" in block or "notific_files" in block]
    count = f"import duckdb; print('rows', len(duckdb.sql('''{QUERY.strip().rstrip(';')}''').fetchall()))"
    (tmp_path / "load.py").write_text("\n".join([duckdb, files, count]))
    with serve(sandbox) as urls:
        own = {name: value for name, value in os.environ.items() if "__" not in name}
        variables = {**own, **environment([sandbox], urls), "RUNTIME__DLTHUB_TELEMETRY": "false"}
        process = subprocess.run(
            [sys.executable, "load.py"],
            cwd=tmp_path,
            env={**variables, "HOME": str(tmp_path), "DLT_DATA_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert process.returncode == 0, process.stderr
    assert process.stdout.split("rows ")[-1].strip() == str(len(sandbox.truth()["tickets"]))


def test_page_names_every_source() -> None:
    assert [name for name in sources.__all__ if name != "vendor_source" and f"`{name}`" not in PAGE] == []
