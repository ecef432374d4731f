"""The house's rules, checked over the source: who imports whom, and what no file may hold."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("pipelines", "sources", "warehouse")
VENDORS = ("bossdesk", "notific", "servicebridge", "servicesidekick", "shiftboard")
NAMELESS = {"utils", "helpers", "common", "misc", "base"}
DLT = {"sources/engine/resource.py"}
HTTPX = {"sources/engine/transport.py"}


def modules() -> list[Path]:
    return sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """The absolute names of everything a module imports, wherever in the module."""
    package = path.relative_to(ROOT).with_suffix("").parts
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level] if node.level else ()
            if node.level and path.name == "__init__.py":
                base = package[: len(package) - node.level]
            stem = ".".join((*base, *([node.module] if node.module else [])))
            yield stem
            yield from (f"{stem}.{alias.name}" for alias in node.names)


def forbidden(path: Path) -> list[str]:
    """The imports of one module that the house does not allow."""
    place = path.relative_to(ROOT).as_posix()
    names = set(imports(path))
    rules: list[tuple[bool, str]] = [
        (place.startswith("warehouse/"), r"(sources|pipelines)(\.|$)"),
        (place.startswith("sources/"), r"(pipelines|warehouse)(\.|$)"),
        (place.startswith("sources/engine/"), rf"sources\.({'|'.join(VENDORS)}|sandbox)(\.|$)"),
        (place.startswith("sources/sandbox/"), rf"sources\.(engine|{'|'.join(VENDORS)})(\.|$)"),
        (place not in DLT, r"dlt(\.|$)"),
        (place not in HTTPX and not place.startswith("sources/sandbox/"), r"httpx(\.|$)"),
    ]
    for vendor in VENDORS:
        others = "|".join(other for other in VENDORS if other != vendor)
        rules.append((place.startswith(f"sources/{vendor}/"), rf"sources\.({others}|sandbox)(\.|$)"))
    return sorted(name for applies, rule in rules if applies for name in names if re.match(rule, name))


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_follow_the_house(path: Path) -> None:
    assert forbidden(path) == []


def test_the_import_rule_sees_a_breach(tmp_path: Path) -> None:
    """The check itself can fail: a module of the warehouse that imports the engine is found."""
    breach = ROOT / "warehouse" / "_breach_for_this_test.py"
    breach.write_text("def load():\n    from sources.engine import table\n    import dlt\n    return table, dlt\n")
    try:
        assert forbidden(breach) == ["dlt", "sources.engine", "sources.engine.table"]
    finally:
        breach.unlink()


def test_no_room_without_a_name() -> None:
    assert [path for path in modules() if path.stem in NAMELESS] == []


def test_a_sync_imports_nothing_of_the_sandbox() -> None:
    """Only the commands that serve it may: demo and sandbox."""
    users = {
        path.relative_to(ROOT).as_posix()
        for path in modules()
        if not path.relative_to(ROOT).as_posix().startswith("sources/sandbox/")
        and any(name.startswith("sources.sandbox") for name in imports(path))
    }
    assert users <= {"pipelines/demo.py", "pipelines/serve.py"}


def test_the_lock_names_no_host() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert "--hash=sha256:" in lock
    assert "://" not in lock
