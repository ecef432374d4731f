"""The house's rules, checked over the source: who imports whom, and what no file may hold."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
ROOMS = ("pipelines", "sources", "warehouse")
VENDORS = ("bossdesk", "notific", "servicebridge", "servicesidekick", "shiftboard")
NAMELESS = {"utils", "helpers", "common", "misc", "base"}
DLT = {"sources/engine/load/dlt_load.py"}
HTTPX = {"sources/engine/http/transport.py"}


def modules() -> list[Path]:
    return sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def imports(place: str, source: str) -> Iterator[str]:
    """The absolute names of everything a module imports, wherever in the module."""
    package = ("fieldhouse", *place.removesuffix(".py").split("/"))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level] if node.level else ()
            stem = ".".join((*base, *([node.module] if node.module else [])))
            yield stem
            yield from (f"{stem}.{alias.name}" for alias in node.names)


def placed(path: Path) -> tuple[str, str]:
    return path.relative_to(ROOT).as_posix(), path.read_text("utf-8")


def forbidden(place: str, source: str) -> list[str]:
    """The imports of one module that the house does not allow."""
    names = set(imports(place, source))
    rules: list[tuple[bool, str]] = [
        (place.startswith("warehouse/"), r"fieldhouse\.(sources|pipelines)(\.|$)"),
        (place.startswith("sources/"), r"fieldhouse\.(pipelines|warehouse)(\.|$)"),
        (place.startswith("sources/engine/"), rf"fieldhouse\.sources\.({'|'.join(VENDORS)}|sandbox)(\.|$)"),
        (place.startswith("sources/sandbox/"), rf"fieldhouse\.sources\.(engine|{'|'.join(VENDORS)})(\.|$)"),
        (place not in DLT, r"dlt(\.|$)"),
        (place not in HTTPX and not place.startswith("sources/sandbox/"), r"httpx(\.|$)"),
    ]
    for vendor in VENDORS:
        others = "|".join(other for other in VENDORS if other != vendor)
        rules.append(
            (place.startswith(f"sources/{vendor}/"), rf"fieldhouse\.sources\.({others}|sandbox)(\.|$)")
        )
    return sorted(name for applies, rule in rules if applies for name in names if re.match(rule, name))


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_follow_the_house(path: Path) -> None:
    assert forbidden(*placed(path)) == []


@pytest.mark.parametrize(
    ("place", "source", "seen"),
    [
        (
            "warehouse/merge/apply.py",
            "def f():\n    from fieldhouse.sources.engine import table",
            ["fieldhouse.sources.engine", "fieldhouse.sources.engine.table"],
        ),
        ("sources/engine/extract/table_reader.py", "import dlt.common", ["dlt.common"]),
        (
            "sources/engine/extract/table_reader.py",
            "from ...bossdesk import rows",
            ["fieldhouse.sources.bossdesk", "fieldhouse.sources.bossdesk.rows"],
        ),
        (
            "sources/notific/__init__.py",
            "from fieldhouse.sources.bossdesk import VENDOR",
            ["fieldhouse.sources.bossdesk", "fieldhouse.sources.bossdesk.VENDOR"],
        ),
    ],
)
def test_the_import_rule_sees_a_breach(place: str, source: str, seen: list[str]) -> None:
    assert forbidden(place, source) == seen


def test_no_room_without_a_name() -> None:
    assert [path for path in modules() if path.stem in NAMELESS] == []


def test_a_sync_imports_nothing_of_the_sandbox() -> None:
    """Only the commands that serve it may: demo and sandbox."""
    users = {
        path.relative_to(ROOT).as_posix()
        for path in modules()
        if not path.relative_to(ROOT).as_posix().startswith("sources/sandbox/")
        and any(name.startswith("fieldhouse.sources.sandbox") for name in imports(*placed(path)))
    }
    assert users <= {"pipelines/commands/demo.py", "pipelines/commands/sandbox.py"}


def test_the_lock_names_no_host() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert "--hash=sha256:" in lock
    assert "://" not in lock
