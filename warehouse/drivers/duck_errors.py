"""What DuckDB's errors mean to a run: by their class, and by their words where one class has several meanings."""

from __future__ import annotations

import errno
import os
import re

from fieldhouse.warehouse.errors import (
    StatementFailed,
    WarehouseError,
    WarehouseSettingsError,
    WarehouseUnreachable,
)

_NO_MEMORY = re.compile(
    r"(Failed to commit|Original error): (could not allocate|failed to pin|failed to allocate)"
)
"""A commit or a checkpoint that had too little memory, which DuckDB reports as an error of another kind."""


def lacks_memory(error: Exception) -> bool:
    """True if DuckDB had too little memory."""
    import duckdb

    return isinstance(error, duckdb.OutOfMemoryException) or _NO_MEMORY.search(str(error)) is not None


_DAMAGED = re.compile(r"Corrupt database file|Could not read enough bytes from file")
"""A file that was cut off or overwritten: no further attempt can read it."""
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What the system reports where a file cannot grow."""


def translated(error: Exception) -> WarehouseError | None:
    """What a DuckDB error means to a run; None for one that is not DuckDB's."""
    import duckdb

    text = str(error).partition("\n")[0]
    if isinstance(error, duckdb.Error) and _DAMAGED.search(text):
        return WarehouseSettingsError(
            f"the warehouse's file is damaged: {text}. Put a backup of it in its place, or move it away and sync again"
        )
    # With one writer a commit fails for the disk's sake alone.
    broken = (duckdb.IOException, duckdb.FatalException, duckdb.TransactionException)
    if lacks_memory(error):
        return WarehouseUnreachable(f"DuckDB has too little memory: {text}")
    if isinstance(error, broken) and any(os.strerror(number) in str(error) for number in _FULL):
        return WarehouseUnreachable(
            f"the disk of the warehouse's file is full: {text}",
            do="Make room there and run the command again.",
        )
    if isinstance(error, broken):
        return WarehouseUnreachable(f"DuckDB could not read or write the file: {text}")
    return StatementFailed(f"DuckDB: {text}") if isinstance(error, duckdb.Error) else None
