"""A vendor plugs in: what adding one touches, here and as a distribution of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from fieldhouse.sources import VENDORS
from fieldhouse.sources.sandbox import SANDBOXES
from tests.support.vendors.facts import VENDOR_FACTS

ROOT = Path(__file__).parents[2]
OUR_VENDORS = ("shiftboard", "bossdesk", "servicebridge", "servicesidekick", "notific")
TEXT = (".py", ".md", ".toml", ".sql", ".yml", ".csv", ".json")
OWN = re.compile(
    rf"sources/(sandbox/)?({'|'.join(OUR_VENDORS)})/"
    r"|warehouse/marts/|tests/(vendors|sandbox)/|tests/support/vendors/facts/"
)
"""Where a vendor's name is at home."""

ADDS_A_VENDOR = "sources/__init__.py"
NAMING: Mapping[str, tuple[str, ...]] = {
    ADDS_A_VENDOR: OUR_VENDORS,
    "pipelines/config/example.secrets.toml": OUR_VENDORS,  # an example of every credential
    ".dlt/example.secrets.toml": OUR_VENDORS,
    "warehouse/dashboard/tabs.py": OUR_VENDORS,  # its questions follow the marts
    "pipelines/commands/demo.py": ("bossdesk",),  # its question is about tickets
    "pipelines/commands/serve/webhooks.py": ("shiftboard",),  # the vendor with events
    "pipelines/cli/app.py": ("shiftboard",),
    "pipelines/cli/options.py": ("bossdesk",),  # an example in the help, as in the next five
    "pipelines/cli/schema.py": ("bossdesk",),
    "pipelines/cli/state.py": ("bossdesk",),
    "pipelines/config/account.py": ("bossdesk",),
    "pipelines/config/account_list.py": ("bossdesk",),
    "pipelines/config/settings.py": ("bossdesk",),
    "pipelines/sync/accounts_in_warehouse.py": ("bossdesk",),
}
"""The product's files outside a vendor's folders that name a vendor."""


def naming(vendor: str, folders: tuple[str, ...]) -> set[str]:
    """The files below ``folders`` that contain a vendor's name and are not the vendor's own."""
    paths = (path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in TEXT)
    return {
        place
        for path in paths
        if not OWN.match(place := path.relative_to(ROOT).as_posix())
        and re.search(rf"\b{vendor}\b", path.read_text("utf-8"), re.IGNORECASE)
    }


@pytest.mark.parametrize("vendor", OUR_VENDORS)
def test_product_names_a_vendor_in_the_listed_files_only(vendor: str) -> None:
    listed = {place for place, names in NAMING.items() if vendor in names}
    assert naming(vendor, ("sources", "pipelines", "warehouse", ".dlt")) <= listed


def test_vendor_has_its_folder_its_sandbox_and_one_line() -> None:
    """What adding a vendor touches, counted for each vendor of ours; its facts for the tests come in addition."""
    assert set(VENDORS) == set(SANDBOXES) == set(VENDOR_FACTS) == set(OUR_VENDORS)
    (line,) = [line for line in (ROOT / ADDS_A_VENDOR).read_text("utf-8").splitlines() if "notific" in line]
    assert all(f'"{name}"' in line for name in OUR_VENDORS)
    assert naming("notific", ("sources",)) == {ADDS_A_VENDOR}


# --- a distribution of its own -------------------------------------------------------------------------------

SANDBOX = """
from urllib.parse import parse_qs

from fieldhouse.sources.sandbox.sandbox import Answer, Call, Sandbox, json_body


class AcmeSandbox(Sandbox):
    name = "acme"

    def __init__(self, **options):
        super().__init__(**options)
        self.rows = {
            "people": [{"id": 1, "name": "Ada", "active": True}, {"id": 2, "name": "Bo", "active": False}],
            "visits": [
                {"id": n, "person": 1, "starts_at": "2026-01-02T03:04:05Z", "updated_at": "2026-01-02T03:04:05Z",
                 "site": {"id": 1, "name": "Harbour"}, "notes": [{"body": "seen"}]}
                for n in range(1, 131)
            ],
        }

    def settings(self, base_url):
        return {"base_url": base_url, "api_key": "key"}

    def answer(self, call: Call) -> Answer:
        if call.headers.get("x-api-key") != "key":
            return Answer(401, b"{}")
        table, _, key = call.path.strip("/").partition("/")
        rows = self.rows[table]
        if key:
            found = [row for row in rows if str(row["id"]) == key]
            return Answer(200, json_body(found[0])) if found else Answer(404, b"{}")
        since = call.first("changed_since", "")
        rows = [row for row in rows if row.get("updated_at", "9") >= since]
        page, size = int(call.first("page", "1")), int(call.first("per_page", "1000"))
        return Answer(200, json_body(rows[(page - 1) * size : page * size]), {"Content-Type": "application/json"})

    def truth(self):
        return self.rows

    def edit(self, count=1):
        return []
"""
SERVE = """
import sys
from fieldhouse.sources.sandbox import SANDBOXES
from fieldhouse.sources.sandbox.server import serve
with serve(SANDBOXES["acme"]()) as urls:
    print(urls["acme"], flush=True)
    sys.stdin.read()
"""


@dataclass(frozen=True)
class Installed:
    """A folder with its own ``sources`` and ``pipelines``, and an environment that has the distribution ``acme``."""

    folder: Path
    variables: Mapping[str, str]

    def run(self, *command: str, code: int = 0) -> str:
        process = subprocess.run(
            [sys.executable, *command],
            cwd=self.folder,
            env=dict(self.variables),
            capture_output=True,
            text=True,
            check=False,
        )
        assert process.returncode == code, process.stdout + process.stderr
        return process.stdout

    def fieldhouse(self, *command: str, code: int = 0) -> str:
        return self.run("-m", "fieldhouse.pipelines.cli", *command, code=code)


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """The vendor of ``docs/add-a-vendor.md`` as an installed distribution, and its sandbox, served."""
    site, folder = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("project")
    page = (ROOT / "docs" / "add-a-vendor.md").read_text("utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, re.S)
    (site / "fieldhouse_acme").mkdir()
    (site / "fieldhouse_acme" / "__init__.py").write_text("\n".join(blocks), "utf-8")
    (site / "fieldhouse_acme" / "sandbox.py").write_text(SANDBOX, "utf-8")
    info = site / "fieldhouse_acme-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: fieldhouse-acme\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text(
        "[fieldhouse.vendors]\nacme = fieldhouse_acme:VENDOR\n\n"
        "[fieldhouse.sandboxes]\nacme = fieldhouse_acme.sandbox:AcmeSandbox\n",
        "utf-8",
    )
    for name in ("sources", "pipelines", "warehouse"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text("raise RuntimeError('the wrong package')\n", "utf-8")
    inherited = {name: value for name, value in os.environ.items() if "__" not in name}
    variables = {
        **inherited,
        "PYTHONPATH": str(site),
        "HOME": str(folder),
        "FIELDHOUSE_PACE_DIR": str(folder),
        "COLUMNS": "120",
    }
    serving = subprocess.Popen(
        [sys.executable, "-c", SERVE],
        cwd=folder,
        env=variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert serving.stdout
    address = {"SOURCES__ACME__BASE_URL": serving.stdout.readline().strip(), "SOURCES__ACME__API_KEY": "key"}
    yield Installed(folder, {**variables, **address})
    serving.communicate("")


def test_vendor_of_another_distribution_is_synced_and_verified(acme: Installed) -> None:
    tables = json.loads(acme.fieldhouse("sync", "acme", "--json"))["vendors"]["acme"]["tables"]
    assert {name: table["rows_written"] for name, table in tables.items()} == {"people": 2, "visits": 130}
    assert {table["status"] for table in tables.values()} == {"ok"}
    acme.fieldhouse("plan", "acme")
    assert "0 differences" in acme.fieldhouse("verify", "acme")
    assert "visits" in acme.fieldhouse("status")


def test_vendor_of_another_distribution_is_in_the_tables_and_the_documentation(acme: Installed) -> None:
    assert re.search(r"visits\s+id\s+incremental", acme.fieldhouse("tables", "acme"))
    pages = acme.run("-c", "from fieldhouse.pipelines.reference import pages; print(*pages(), sep='\\n')")
    assert "tables/acme" in pages.split()


def test_sandbox_of_another_distribution_has_its_place_among_ours(acme: Installed) -> None:
    names = acme.run("-c", "from fieldhouse.sources.sandbox import SANDBOXES; print(*SANDBOXES)").split()
    assert set(names) == {*OUR_VENDORS, "acme"}


def test_entry_point_that_is_no_vendor_is_refused_with_its_name(acme: Installed, tmp_path: Path) -> None:
    info = tmp_path / "broken-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text("[fieldhouse.vendors]\nbroken = json:dumps\n", "utf-8")
    variables = {**acme.variables, "PYTHONPATH": str(tmp_path)}
    script = "from fieldhouse.sources import VENDORS; VENDORS['broken']"
    process = subprocess.run(
        [sys.executable, "-c", script],
        cwd=acme.folder,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "broken = json:dumps is no Vendor named 'broken'" in process.stderr
