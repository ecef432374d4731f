"""The architecture, checked over the source: directions of imports, cycles, sizes, names, and what a lock may hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.system import architecture
from tests.system.architecture import (
    NAMELESS,
    ROOT,
    breaches,
    crowded,
    cycles,
    imports,
    long_files,
    modules,
    report,
)


def test_packages_import_only_what_the_architecture_allows() -> None:
    assert report() == []


@pytest.mark.parametrize(
    ("place", "source", "target"),
    [
        ("warehouse/merge/apply.py", "def f():\n    from fieldhouse.sources.engine import errors", "errors"),
        ("sources/engine/http/client.py", "import dlt.common", "dlt"),
        ("sources/engine/http/client.py", "from ...bossdesk import rows", "sources/bossdesk/rows.py"),
        ("sources/notific/__init__.py", "from fieldhouse.sources.bossdesk import VENDOR", "bossdesk"),
        (
            "sources/notific/__init__.py",
            "from ..engine.extract.run import Run",
            "sources/engine/extract/run.py",
        ),
        ("pipelines/sync/threads.py", "import typer", "typer"),
    ],
)
def test_a_forbidden_import_is_reported(place: str, source: str, target: str) -> None:
    files = {
        "sources/engine/errors.py": "",
        "sources/engine/extract/run.py": "",
        "sources/bossdesk/rows.py": "",
        "sources/bossdesk/__init__.py": "",
        place: source,
    }
    assert len(breaches(files)) == 1
    assert target in breaches(files)[0]


def test_a_cycle_is_reported_once() -> None:
    assert cycles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]


def test_long_files_and_crowded_folders_are_reported(tmp_path: Path) -> None:
    """In the tests as in the product; a folder may have row declarations besides."""
    for folder in ("sources/desk", "tests/desk"):
        (tmp_path / folder).mkdir(parents=True)
        for number in range(16):
            (tmp_path / folder / f"topic_{number}.py").write_text("\n" * 350)
        (tmp_path / folder / "rows.py").touch()
    assert long_files(tmp_path) == crowded(tmp_path) == []
    (tmp_path / "tests/desk/topic_3.py").write_text("\n" * 351)
    (tmp_path / "tests/desk/topic_16.py").touch()
    assert long_files(tmp_path) == ["tests/desk/topic_3.py: 351 lines"]
    assert crowded(tmp_path) == ["tests/desk: 17 files"]


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [path for path in modules() if path.stem in NAMELESS] == []


def test_every_vendor_folder_is_known_to_the_architecture() -> None:
    from fieldhouse.sources import VENDORS

    assert set(architecture.vendors()) == set(VENDORS)


def test_only_demo_and_sandbox_import_the_sandboxes() -> None:
    users = {
        place
        for path in modules()
        if not (place := path.relative_to(ROOT).as_posix()).startswith("sources/sandbox/")
        and any(
            name.startswith("fieldhouse.sources.sandbox") for name in imports(place, path.read_text("utf-8"))
        )
    }
    assert users <= {"pipelines/commands/demo.py", "pipelines/commands/serve/sandbox.py"}


def test_the_lock_names_no_host() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert "--hash=sha256:" in lock
    assert "://" not in lock
