"""Process tuning: one module holds it, and each measure does what it says and no more."""

from __future__ import annotations

import ast
import gc
import importlib
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from fieldhouse.sources.engine import startup
from tests.system.architecture import ROOT, modules

TUNING = frozenset(
    {
        "gc.freeze",
        "gc.set_threshold",
        "gc.disable",
        "sys.setswitchinterval",
        "sys.meta_path",
        "sys.modules",
        "os._exit",
        "atexit._run_exitfuncs",
        "ARROW_DEFAULT_MEMORY_POOL",
        "PYDANTIC_DISABLE_PLUGINS",
    }
)
HOME = "sources/engine/startup.py"


def tuning(source: str) -> Iterator[str]:
    """The measures that a source text takes: calls, patched modules and patched capabilities of a destination."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Attribute, ast.Constant)):
            name = ast.unparse(node) if isinstance(node, ast.Attribute) else node.value
            if name in TUNING:
                yield str(name)
        if isinstance(node, ast.Assign):
            yield from (
                "capabilities"
                for target in node.targets
                if isinstance(target, ast.Attribute) and target.attr == "capabilities"
            )


def test_no_other_module_tunes_the_process() -> None:
    results = {
        place: names
        for path in modules()
        if (names := set(tuning(path.read_text("utf-8")))) and (place := path.relative_to(ROOT).as_posix())
    }
    assert set(results) == {HOME}
    assert results[HOME] >= {"gc.freeze", "sys.meta_path", "sys.modules", "os._exit", "capabilities"}


@pytest.mark.parametrize(
    "source", ["import gc\ngc.freeze()", "import os as os\nos._exit(1)", "target.capabilities = found"]
)
def test_a_measure_elsewhere_is_noticed(source: str) -> None:
    assert list(tuning(source))


@pytest.fixture
def unused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module that can be imported and that nobody has imported yet."""
    name = f"unused_{tmp_path.name}"
    (tmp_path / f"{name}.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    return name


def test_modules_are_missing_inside_the_block_only(unused: str) -> None:
    with startup.without_modules([unused, "json"]):
        with pytest.raises(ImportError):
            importlib.import_module(unused)
        assert importlib.import_module("json"), "what is imported already stays"
    assert importlib.import_module(unused)


def test_blocked_modules_cannot_be_imported_and_others_can(
    unused: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    startup.block_imports(frozenset({unused}))
    with pytest.raises(ModuleNotFoundError, match="is not used here"):
        importlib.import_module(unused)
    with pytest.raises(ModuleNotFoundError, match="No module named"):
        importlib.import_module("this_is_no_module")


def test_a_module_that_is_imported_on_use_runs_at_the_first_use_of_it(
    unused: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = tmp_path / "ran"
    (tmp_path / f"{unused}.py").write_text(f"open({str(ran)!r}, 'w').close()\nvalue = 1\n")
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    startup.import_on_use(frozenset({unused}))
    module = importlib.import_module(unused)
    assert not ran.exists()
    assert module.value == 1
    assert ran.exists()


ON_DEMAND = """
from fieldhouse.sources.engine import startup
startup.define_arrow_functions_on_demand()
"""
DESCRIBE = """
import inspect, json
import pyarrow.compute as pc
defined = len(vars(pc))
names = [name for name in {names} or sorted(vars(pc)) if inspect.isfunction(getattr(pc, name))]
print(json.dumps({{
    "defined": defined,
    "functions": {{name: [str(inspect.signature(getattr(pc, name))), getattr(pc, name).__doc__] for name in names}},
    "not offered": [name for name in ("hash_sum", "count_all", "no_such") if not hasattr(pc, name)],
    "sum": pc.sum([1, 2]).as_py(),
}}))
"""


def arrow_functions(setup: str = "", names: Sequence[str] = ()) -> Any:
    """What a new process sees of ``pyarrow.compute``; ``defined`` counts its members after the import."""
    program = setup + DESCRIBE.format(names=list(names))
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_arrow_functions_on_demand_are_the_ones_that_arrow_defines() -> None:
    usual = arrow_functions()
    on_demand = arrow_functions(ON_DEMAND, list(usual["functions"]))
    assert on_demand.pop("defined") < usual.pop("defined") - 200
    assert on_demand == usual
    assert len(usual["not offered"]) == 3


def test_an_arrow_that_is_built_in_another_way_is_imported_as_it_is() -> None:
    usual = arrow_functions()
    other = "startup._WithoutFunctions._USED_ON_IMPORT = ()\n"  # the module misses a function that it uses
    assert arrow_functions(ON_DEMAND + other) == usual


def test_capabilities_are_asked_for_once_per_naming_and_given_as_copies() -> None:
    asked: list[Any] = []

    class Destination:
        def capabilities(self, config: Any = None, naming: Any = None) -> dict[str, Any]:
            asked.append((config, naming))
            return {"config": config}

    destination = Destination()
    startup.cache_capabilities(destination)
    destination.capabilities()["changed by"] = "the one who asked"
    assert destination.capabilities() == {"config": None}
    assert asked == [(None, None)]
    assert destination.capabilities("a client's") == {"config": "a client's"}
    assert len(asked) == 2


def test_garbage_is_collected_seldom_and_threads_take_short_turns() -> None:
    threshold, turn = gc.get_threshold(), sys.getswitchinterval()
    try:
        startup.collect_garbage_seldom()
        startup.switch_threads_often()
        assert gc.get_threshold()[0] > 700
        assert sys.getswitchinterval() < 0.005
    finally:
        gc.set_threshold(*threshold)
        sys.setswitchinterval(turn)


@pytest.mark.parametrize(
    ("leave", "written"),
    [("exit_without_teardown", "printed\nat exit\n"), ("exit_despite_threads", "printed\n")],
)
def test_an_early_exit_writes_what_was_printed_and_waits_for_no_thread(leave: str, written: str) -> None:
    program = (
        "import atexit, threading\n"
        f"from fieldhouse.sources.engine.startup import {leave}\n"
        "atexit.register(print, 'at exit')\n"
        "threading.Thread(target=threading.Event().wait).start()\n"
        "print('printed')\n"
        f"{leave}(3)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30)
    assert (ended.returncode, ended.stdout) == (3, written)
