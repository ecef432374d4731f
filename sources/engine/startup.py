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
from importlib.abc import MetaPathFinder
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
