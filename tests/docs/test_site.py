"""The documentation: the site builds offline, the reference is whole, and the example vendor works."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import duckdb
import pytest

from fieldhouse.pipelines.commands.tables import children
from fieldhouse.pipelines.config.account import Account
from fieldhouse.pipelines.inspect.declared_schema import declared_tables
from fieldhouse.pipelines.reference import diagrams, pages
from fieldhouse.pipelines.sync.account_sync import sync_account
from fieldhouse.sources import VENDORS
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.engine.spec.row import declared
from fieldhouse.warehouse.connect import open_warehouse

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
SQL_TYPES = {"timestamp": "timestamptz", "decimal": "decimal(38, 9)"}


def test_the_site_builds_offline_without_a_warning(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "mkdocs",
            "build",
            "--strict",
            "--quiet",
            "--site-dir",
            str(tmp_path / "site"),
        ],
        cwd=ROOT,
        env={"PATH": "", "NO_MKDOCS_2_WARNING": "1", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    built = {path.relative_to(tmp_path / "site").as_posix() for path in (tmp_path / "site").rglob("*.html")}
    assert {f"reference/tables/{name}/index.html" for name in VENDORS} <= built
    assert {
        f"reference/tables/{vendor.name}/{table.name}/index.html"
        for vendor in VENDORS.values()
        for table in vendor.tables
    } <= built
    page = (tmp_path / "site" / "index.html").read_text("utf-8")
    assert not re.findall(
        r'(?:src|href)="(https?:)?//(?!squidfunk|www\.mkdocs)[^"]+\.(?:js|css|woff2?)"', page
    )


def test_every_page_is_in_the_navigation() -> None:
    listed = (ROOT / "mkdocs.yml").read_text("utf-8")
    for path in DOCS.glob("*.md"):
        assert f": {path.name}\n" in f"{listed}\n", f"{path.name} is in no navigation"


@pytest.fixture(scope="module")
def reference() -> Mapping[str, str]:
    return pages()


@pytest.mark.parametrize("vendor", VENDORS.values(), ids=lambda vendor: vendor.name)
def test_reference_has_a_page_for_every_table_with_columns_and_child_tables(
    reference: Mapping[str, str], vendor: Any
) -> None:
    overview = reference[f"tables/{vendor.name}"]
    for table in vendor.tables:
        assert f"]({vendor.name}/{table.name}.md)" in overview
        page = reference[f"tables/{vendor.name}/{table.name}"]
        for child in children(table):
            assert f"\n## {child}\n" in page
        section = page.split("\n## Columns\n")[1].split("\n## ")[0]
        for column in declared(table.row):
            assert column.type is None or f"`{column.name}`" in section
        assert all(f"**`{column}`**" in section for column in table.key)


def test_example_query_of_every_table_runs(reference: Mapping[str, str]) -> None:
    database = duckdb.connect()
    for vendor in VENDORS.values():
        database.execute(f"CREATE SCHEMA {vendor.name}")
        for table in declared_tables(vendor):
            columns = ", ".join(
                f'"{column.name}" {SQL_TYPES.get(column.type, column.type)}' for column in table.columns
            )
            database.execute(f'CREATE TABLE {vendor.name}."{table.name}" ({columns})')
        for table in vendor.tables:
            (query,) = re.findall(
                r"```sql\n(.*?)```", reference[f"tables/{vendor.name}/{table.name}"], re.DOTALL
            )
            database.execute(query)


@pytest.mark.parametrize("vendor", VENDORS)
def test_diagram_has_every_table_and_a_line_for_every_drawn_relation(vendor: str) -> None:
    image = ElementTree.fromstring(diagrams()[f"tables/{vendor}"])
    texts = {text.text for text in image.iter("{http://www.w3.org/2000/svg}text")}
    tables = declared_tables(VENDORS[vendor])
    assert {table.name for table in tables} <= texts
    roots = {table.name for table in tables if not table.parent}
    relations = [
        (column, other)
        for table in tables
        if not table.parent
        for column, other, _ in table.relations
        if other in roots
    ]
    noted = [text for text in texts if text and " tables refers to " in text]
    shared = {(text.split()[0], text.split()[-1]) for text in noted}
    lines = list(image.iter("{http://www.w3.org/2000/svg}path"))
    assert len(lines) == sum(relation not in shared for relation in relations)


def test_the_reference_has_every_setting_and_mart() -> None:
    page, marts = pages()["settings"], pages()["marts"]
    for vendor in VENDORS.values():
        assert all(f"| `{name}` |" in page for name in vendor.settings.model_fields)
    models = {path.stem for path in (ROOT / "warehouse" / "marts" / "models" / "marts").rglob("*.sql")}
    assert {name for name in models if f"\n## {name}\n" not in marts} == set()


def test_the_messages_of_troubleshooting_are_messages_of_the_code() -> None:
    code = "\n".join(
        re.sub(r'"\s*\n\s*f?"', "", path.read_text("utf-8"))
        for room in ("sources", "pipelines", "warehouse")
        for path in (ROOT / room).rglob("*.py")
    )
    rows = re.findall(r"^\| (\".*?\") \|", (DOCS / "troubleshooting.md").read_text("utf-8"), re.M)
    quoted = [text for row in rows for text in re.findall(r'"(.+?)"', row)]
    assert len(quoted) > 15
    assert [text for text in quoted if text not in code] == []


PEOPLE = [{"id": 1, "name": "Ada", "active": True}, {"id": 2, "name": "Bo", "active": False}]
VISITS = [
    {
        "id": number,
        "person": 1 + number % 2,
        "starts_at": "2026-03-01T08:00:00Z",
        "updated_at": f"2026-03-01T{number // 60:02}:{number % 60:02}:00Z",
        "site": {"id": 7, "name": "Harbour"},
        "notes": [{"body": f"note {number}"}] if number % 3 == 0 else [],
        "colour": "nobody declared me",
    }
    for number in range(1, 251)
]


@contextmanager
def acme() -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts, query = urlsplit(self.path), parse_qs(urlsplit(self.path).query)
            asked.append(self.path)
            rows: list[dict[str, Any]] = PEOPLE if parts.path == "/people" else VISITS
            if since := query.get("changed_since"):
                rows = [row for row in rows if row["updated_at"] >= since[0]]
            if parts.path == "/visits":
                page, size = int(query["page"][0]), int(query["per_page"][0])
                rows = rows[(page - 1) * size : page * size]
            body = json.dumps(rows).encode() if self.headers["X-Api-Key"] == "key" else b"[]"
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", asked
        finally:
            server.shutdown()
            thread.join()


def test_the_vendor_of_the_page_works_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDHOUSE_PACE_DIR", str(tmp_path))
    blocks = re.findall(r"```python\n(.*?)```", (DOCS / "add-a-vendor.md").read_text("utf-8"), re.S)
    (tmp_path / "acme_of_the_page.py").write_text("\n".join(blocks), "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    vendor = importlib.import_module("acme_of_the_page").VENDOR
    warehouse = open_warehouse(f"duckdb:///{tmp_path}/warehouse.duckdb")
    with acme() as (url, asked):
        account = Account(vendor, "acme", vendor.settings(base_url=url, api_key="key"))
        report = sync_account(account, warehouse, Options(), tables=vendor.tables)
        assert report.exit_code == 0, [(o.table, o.error) for o in report.outcomes]
        del asked[:]
        again = sync_account(account, warehouse, Options(), tables=vendor.tables)
    assert [outcome.rows_written for outcome in again.outcomes] == [0, 0]
    # the proof, the rows of the overlap, and the empty page after them
    assert sum("changed_since" in path for path in asked) == 3
    with warehouse.session() as session:
        assert session.fetch("SELECT count(*), count(DISTINCT id), max(colour) FROM acme.visits") == [
            (250, 250, "nobody declared me")
        ]
        assert session.fetch("SELECT count(*) FROM acme.visits__notes") == [(83,)]
        assert session.fetch("SELECT name, active FROM acme.people ORDER BY id") == [
            ("Ada", True),
            ("Bo", False),
        ]
