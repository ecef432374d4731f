"""Instances of DuckDB in this process: files are attached to one after the other, with a limit of memory each."""

from __future__ import annotations

import atexit
import os
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .sql import literal

if TYPE_CHECKING:
    import duckdb

_ROOM, _PER_COLUMN = 24, 0.75
"""MB that DuckDB may hold, and for each column of the widest table: about twice what writing slices took or more (8 to
1,590 columns measured). Long texts take more. What fails for lack of it, a commit or a checkpoint too, is tried again
without a limit of ours."""
_PER_STORED_COLUMN = 0.004
"""MB more for each column of the file: its statistics, which are read when the file is attached and written back by a
checkpoint. What has to leave the memory between is read twice."""
_IDLE: defaultdict[tuple[int, str], list[DuckInstance]] = defaultdict(list)
"""Instances that no file is attached to, by process and folder of temporary files: making one takes 12 ms of CPU, and
one that came with a fork has lost its threads."""
atexit.register(_IDLE.clear)


@dataclass
class DuckInstance:
    """A DuckDB in memory.

    Attributes:
        usual_memory: the limit of memory that DuckDB takes by itself, such as ``18.8 GiB``.
    """

    native: duckdb.DuckDBPyConnection
    usual_memory: str
    is_closed: bool = False

    def close(self) -> None:
        """End it, with every file that is attached: what is committed is in the file or in its log."""
        self.is_closed = True
        self.native.close()


class MemoryLimit:
    """The memory that an open file may take of an instance; none of ours until ``begin``.

    Args:
        execute: runs a statement.
        usual: what DuckDB takes by itself; without it, there is never a limit of ours.
    """

    def __init__(self, execute: Callable[[str], object], usual: str = "") -> None:
        self._execute, self._usual = execute, usual
        self._columns, self._room, self._is_ours = -1, 0.0, bool(usual)

    def begin(self, widest: int, all_columns: int) -> None:
        """Set the limit of a file with so many columns in its widest table and in all of them."""
        self._room = _ROOM + all_columns * _PER_STORED_COLUMN
        self.allow(widest)

    def allow(self, columns: int) -> None:
        """Let DuckDB hold what writing so many columns takes; it never becomes less while the file is open."""
        if columns > self._columns:
            self._columns = columns
            if self._is_ours:
                self._execute(f"SET memory_limit = '{self._room + columns * _PER_COLUMN:.0f}MB'")

    def lift(self) -> None:
        """Let DuckDB hold as much as it does by itself. In DuckDB 1.5, RESET changes the setting alone."""
        if self._usual:
            self._execute(f"SET memory_limit = {literal(self._usual)}")

    def give_up(self) -> None:
        """Lift the limit until the file is closed."""
        self._is_ours = False
        self.lift()


@contextmanager
def running_instance() -> Iterator[DuckInstance]:
    """An instance for one file; one that is closed, or left by an error, is not used again."""
    idle = _IDLE[os.getpid(), tempfile.gettempdir()]
    instance = idle.pop() if idle else _started()
    try:
        yield instance
    except BaseException:
        instance.close()
        raise
    if not instance.is_closed:
        idle.append(instance)


def _started() -> DuckInstance:
    """A new instance.

    One thread: each thread writes row groups of its own, so that memory grows with their number, and to wake a second
    one costs a sync more than it does (small syncs 225 -> 190 ms of CPU, a first sync of 1,000,000 rows no longer).
    DuckDB would keep every block of a file that it has seen, up to 80 % of the machine's memory: a session sets its
    limit. What does not fit is written to the folder, which DuckDB makes when it needs it and removes.
    """
    import duckdb

    folder = os.path.join(tempfile.gettempdir(), f"fieldhouse-duckdb-{os.getpid()}")
    native = duckdb.connect(
        config={
            "threads": 1,
            "preserve_insertion_order": False,
            "temp_directory": folder,
            "checkpoint_threshold": "1TB",  # a session makes them, outside of commits
        }
    )
    ((usual,),) = native.execute("SELECT current_setting('memory_limit')").fetchall()
    return DuckInstance(native, usual)
