"""Process tuning: what a process of our own sets for its libraries and the interpreter, with the measured gain of each.

Nothing here runs on import, and nothing of it runs where fieldhouse is a guest in another process.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType, SimpleNamespace
from typing import Any


def use_system_allocator() -> None:
    """Let Arrow take the system's memory: its own allocator kept 20 of the 340 MB of a first sync of 100,000 rows.

    Has an effect before Arrow is imported; a pool that the environment names stays.
    """
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")


def skip_pydantic_plugins() -> None:
    """Let pydantic look for no plugins: reading the entry points of 165 installed distributions takes 7 ms.

    Has an effect before the first model is built; a choice in the environment stays.
    """
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


def block_imports(names: frozenset[str]) -> None:
    """Make imports of these modules fail for the rest of the process: pandas and numpy cost 0.5 s of CPU and 30 MB.

    Libraries import them if they are installed, and do the same without them.
    """
    sys.meta_path.insert(0, _Blocked(names))


class _Blocked(MetaPathFinder):
    """Refuses modules. A None in ``sys.modules`` would not do: Arrow is compiled, and takes that for the module."""

    def __init__(self, names: frozenset[str]) -> None:
        self.names = names

    def find_spec(self, name: str, path: Any, target: Any = None) -> None:
        """None for every module that is not blocked: the next finder looks for it."""
        if name in self.names:
            raise ModuleNotFoundError(f"{name} is not used here", name=name)


def import_on_use(names: frozenset[str]) -> None:
    """Execute these modules when something of them is first used: pydoc, which Arrow imports, takes 7 ms a command."""
    sys.meta_path.insert(0, _OnUse(names))


class _OnUse(MetaPathFinder):
    """Finds modules where they are, and has them executed later."""

    def __init__(self, names: frozenset[str]) -> None:
        self.names = names

    def find_spec(self, name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target) if name in self.names else None
        if spec and spec.loader:
            spec.loader = LazyLoader(spec.loader)
        return spec


def define_arrow_functions_on_demand() -> None:
    """Let ``pyarrow.compute`` define each of its 270 functions when it is first used: 20 ms of CPU per command.

    Has an effect before Arrow is imported. The functions are those that Arrow itself would have defined; a version of
    Arrow that is built in another way is imported as it is.
    """
    sys.meta_path.insert(0, _ArrowFunctionsOnDemand())


class _ArrowFunctionsOnDemand(MetaPathFinder):
    """Finds ``pyarrow.compute`` where it is, and has it executed without its functions."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target) if name == "pyarrow.compute" else None
        if spec and spec.loader:
            spec.loader = _WithoutFunctions(spec.loader)
        return spec


class _WithoutFunctions(Loader):
    """Executes ``pyarrow.compute`` with a registry that lists only the functions which the module uses itself."""

    _USED_ON_IMPORT = ("utf8_zero_fill",)

    def __init__(self, loader: Loader) -> None:
        self.loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self.loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        before = dict(vars(module))
        try:
            self._execute(module)
        except Exception:  # noqa: BLE001 - whatever differs in another version
            vars(module).clear()
            vars(module).update(before)
            self.loader.exec_module(module)

    def _execute(self, module: ModuleType) -> None:
        from pyarrow import _compute

        registry = _compute.function_registry
        reduced = SimpleNamespace(
            list_functions=lambda: self._USED_ON_IMPORT, get_function=_compute.get_function
        )
        _compute.function_registry = lambda: reduced
        try:
            self.loader.exec_module(module)
        finally:
            _compute.function_registry = registry
        vars(module).update(
            function_registry=registry,
            _wrap_function=module._wrap_function,  # another version may lack it
            __getattr__=partial(_arrow_function, module),
        )


def _arrow_function(module: Any, name: str) -> Any:
    """A function of ``pyarrow.compute``, defined as ``_make_global_functions`` of that module does for all of them."""
    registered = {"and_": "and", "or_": "or"}.get(name, name)
    shown = {"and": "and_", "or": "or_"}.get(name, name)
    try:
        function = module.get_function(registered)
    except (KeyError, TypeError):
        function = None
    if not function or _is_not_callable(function):
        raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}", name=name, obj=module)
    defined = module._wrap_function(shown, function)
    setattr(module, name, defined)
    return defined


def _is_not_callable(function: Any) -> bool:
    return bool(
        function.kind == "hash_aggregate" or (function.kind == "scalar_aggregate" and function.arity == 0)
    )


@contextmanager
def without_modules(names: Sequence[str]) -> Iterator[None]:
    """Make imports of these modules fail inside the block: SQLAlchemy and Streamlit cost a load 0.5 s of CPU.

    A module that is imported already stays.
    """
    blocked = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(blocked))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in blocked:
            sys.modules.pop(name, None)


def cache_capabilities(destination: Any) -> None:
    """Ask a dlt destination once for its capabilities without a client's settings: a third of a small load's CPU.

    dlt looks for them in all its settings 30 times per load, and they do not change during one.
    """
    ask: Callable[..., Any] = destination.capabilities
    answers: dict[Any, Any] = {}

    def capabilities(config: Any = None, naming: Any = None) -> Any:
        if config is not None:
            return ask(config, naming)
        kind = type(naming)
        if kind not in answers:
            answers[kind] = ask(None, naming)
        return answers[kind].copy()

    destination.capabilities = capabilities


def collect_garbage_seldom(*, freeze: bool = False) -> None:
    """Look for reference cycles seldom: a sixth of the CPU of a first sync of 100,000 rows, a tenth of a build.

    Of the imports of a command it is 10 ms.

    Args:
        freeze: never look at the objects that exist now, such as imported modules.
    """
    if freeze:
        gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def switch_threads_often() -> None:
    """Let a thread compute for 0.5 ms, a tenth of Python's own turn, before another gets its turn.

    A thread that came back from the wire waited up to 5 ms, three times per request, for the one that normalizes rows.
    """
    sys.setswitchinterval(0.0005)


def exit_without_teardown(code: int) -> None:
    """End the process without taking its modules apart: 0.05 to 0.2 s of CPU per command.

    Exit functions run and written text goes out first. Returns if standard output is closed.
    """
    atexit._run_exitfuncs()  # as multiprocessing does before it leaves
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        return
    os._exit(code)


def exit_despite_threads(code: int) -> None:
    """End the process at once: threads that wait for a vendor would hold an interrupted command for up to 60 s."""
    sys.stdout.flush()
    os._exit(code)
